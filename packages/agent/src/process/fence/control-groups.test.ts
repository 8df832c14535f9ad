import { expect, it } from 'vitest'
import { hierarchies } from './control-groups.ts'

const mount = (place: string, type: string, options: string, root = '/') =>
  `36 35 0:30 ${root} ${place} rw,relatime - ${type} cgroup ${options}`

it('finds the one hierarchy of version 2, the own group, its parent and the top', () => {
  const own = '0::/user.slice/user-1000.slice/app.slice/shell.scope\n'
  expect(hierarchies(mount('/sys/fs/cgroup', 'cgroup2', 'rw'), own)).toEqual([
    {
      version: 2,
      controllers: [],
      parents: [
        '/sys/fs/cgroup/user.slice/user-1000.slice/app.slice/shell.scope',
        '/sys/fs/cgroup/user.slice/user-1000.slice/app.slice',
        '/sys/fs/cgroup',
      ],
    },
  ])
})

it('finds the hierarchies of version 1 by what they control', () => {
  const mounts = [
    mount('/sys/fs/cgroup/memory', 'cgroup', 'rw,memory'),
    mount('/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct'),
    '1 1 0:1 / /proc rw - proc proc rw',
  ].join('\n')
  expect(hierarchies(mounts, '4:memory:/api/x\n2:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n')).toEqual([
    {
      version: 1,
      controllers: ['memory'],
      parents: ['/sys/fs/cgroup/memory/api/x', '/sys/fs/cgroup/memory/api', '/sys/fs/cgroup/memory'],
    },
    { version: 1, controllers: ['cpu', 'cpuacct'], parents: ['/sys/fs/cgroup/cpu,cpuacct'] },
  ])
})

it('sees in a container what is mounted there', () => {
  const inside = mount('/sys/fs/cgroup/memory', 'cgroup', 'rw,memory', '/docker/abc')
  expect(hierarchies(inside, '4:memory:/docker/abc\n')[0]?.parents).toEqual(['/sys/fs/cgroup/memory'])
  expect(hierarchies(inside, '4:memory:/docker/abc/sub\n')[0]?.parents).toEqual([
    '/sys/fs/cgroup/memory/sub',
    '/sys/fs/cgroup/memory',
  ])
})

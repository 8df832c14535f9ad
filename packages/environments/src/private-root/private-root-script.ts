/**
 * What runs between `unshare` and the program, in the new namespaces. Its arguments:
 * mount umount hostname-program loopback mlDirectory hostname hosts workingDirectory n (mode source target)×n command…
 * `loopback` is a line of shell that brings the loopback interface up, in a network namespace of its own.
 *
 * Where /opt has no `ml`, a file system in memory takes the place of /opt, with the old entries bound back. It is made
 * over /tmp, which exists everywhere, and moved; the same way a hosts file is made that lies nowhere else.
 * The program's PATH may be anything, and is not used before it starts.
 * In a user namespace a bind cannot drop the flags of what it binds, so making it read-only may need to name them.
 */
export const privateRootScript = `
fail() { echo "sagebrush: a private /opt/ml cannot be made: $1" >&2; exit 125; }
mount=$1 umount=$2 hostname=$3 loopback=$4 ml=$5 name=$6 hosts=$7 directory=$8 binds=$9
shift 9
path=$PATH
PATH=/usr/bin:/bin:/usr/sbin:/sbin

if [ -n "$loopback" ]; then eval "$loopback" || fail 'no loopback interface'; fi

cover() { "$mount" -n -t tmpfs -o mode=0755 sagebrush /tmp || fail 'no tmpfs'; }

if [ ! -d /opt/ml ]; then
  [ -d /opt ] || fail 'there is no /opt'
  cover
  mkdir /tmp/ml || fail ml
  for old in /opt/* /opt/.[!.]*; do
    new=/tmp/\${old#/opt/}
    if [ -L "$old" ]; then cp -P "$old" "$new"
    elif [ -d "$old" ]; then mkdir "$new" && "$mount" -n --rbind "$old" "$new"
    elif [ -e "$old" ]; then : > "$new" && "$mount" -n --bind "$old" "$new"
    fi || fail "$old"
  done
  "$mount" -n --move /tmp /opt || fail /opt
fi
"$mount" -n --rbind "$ml" /opt/ml || fail "$ml"

if [ -n "$hosts" ] && [ -f /etc/hosts ]; then
  old=$(cat /etc/hosts)
  cover
  printf '%s%s\\n' "$hosts" "$old" > /tmp/hosts && "$mount" -n --bind /tmp/hosts /etc/hosts || fail /etc/hosts
  "$umount" -n /tmp || fail /tmp
fi
if [ -n "$name" ]; then
  { [ -n "$hostname" ] && "$hostname" "$name"; } || echo "$name" > /proc/sys/kernel/hostname || fail "$name"
fi

while [ "$binds" -gt 0 ]; do
  mode=$1 source=$2 target=$3
  if [ -d "$source" ]; then mkdir -p "$target"; elif [ ! -e "$target" ]; then : > "$target"; fi || fail "$target"
  "$mount" -n --bind "$source" "$target" || fail "$target"
  if [ "$mode" = ro ]; then
    for flags in ro ro,nosuid,nodev ro,nosuid,nodev,noexec ro,nodev ro,nosuid ro,noexec; do
      "$mount" -n -o "remount,bind,$flags" "$target" 2>/dev/null && break
      flags=
    done
    [ -n "$flags" ] || fail "$target read-only"
  fi
  shift 3
  binds=$((binds - 1))
done

if [ -n "$directory" ]; then cd "$directory" || fail "$directory"; fi
PATH=$path
exec "$@"
`

/**
 * Where a type inferred from our shapes (`Ours`) is not the one of AWS's SDK (`Theirs`), as sentences:
 * `'DataSource.DatasetSource is missing'`. `never` where they agree. For type tests.
 */
export type SdkDifference<Ours, Theirs> = Between<Defined<Ours>, Defined<Theirs>, ''>

type Between<O, T, Path extends string> =
  IsSame<O, T> extends true
    ? never
    : [O, T] extends [readonly (infer OItem)[], readonly (infer TItem)[]]
      ? Between<Defined<OItem>, Defined<TItem>, Path>
      : [O, T] extends [Scalar, Scalar]
        ? `${Path} has another type`
        : string extends keyof O
          ? Between<Defined<O[keyof O]>, Defined<T[keyof T]>, Path>
          : OfMembers<O, T, Path>

type OfMembers<O, T, Path extends string> =
  | { [K in Names<O>]: K extends keyof T ? never : `${Join<Path, K>} is not in the SDK` }[Names<O>]
  | {
      [K in Names<T>]: K extends keyof O ? OfMember<O, T, K, Join<Path, K>> : `${Join<Path, K>} is missing`
    }[Names<T>]

type OfMember<O, T, K extends keyof O & keyof T, Path extends string> =
  | Between<Defined<O[K]>, Defined<T[K]>, Path>
  | (IsOptional<O, K> extends IsOptional<T, K> ? never : `${Path} is not required alike`)

type Scalar = string | number | boolean | Date | Uint8Array
type Defined<T> = Exclude<T, undefined>
type Names<T> = Exclude<keyof T, '$metadata' | symbol | number>
type Join<Path extends string, K extends string> = Path extends '' ? K : `${Path}.${K}`
type IsOptional<T, K extends keyof T> = Partial<Pick<T, K>> extends Pick<T, K> ? true : false
type IsSame<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false

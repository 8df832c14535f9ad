import { dataTypeNames } from '../../data-types.ts'
import type { ProtoFile } from './proto-file.ts'

const framework = (name: string, text: string): ProtoFile => ({
  path: `tensorflow/core/${name}.proto`,
  package: 'tensorflow',
  text,
})

/** What TensorFlow declares of the messages that TensorFlow Serving's carry. Source: tensorflow/core of TensorFlow 2.21. */
export const tensorflowProtos: readonly ProtoFile[] = [
  framework(
    'framework/types',
    ['enum DataType', ...dataTypeNames().map(([name, number]) => `${name} ${number}`)].join('\n'),
  ),
  framework(
    'framework/tensor_shape',
    `message TensorShapeProto
       dim 2 repeated TensorShapeProto.Dim
       unknown_rank 3 bool
     message TensorShapeProto.Dim
       size 1 int64
       name 2 string`,
  ),
  framework(
    'framework/resource_handle',
    `message ResourceHandleProto
       device 1 string
       container 2 string
       name 3 string
       hash_code 4 uint64
       maybe_type_name 5 string
       dtypes_and_shapes 6 repeated ResourceHandleProto.DtypeAndShape
     message ResourceHandleProto.DtypeAndShape
       dtype 1 DataType
       shape 2 TensorShapeProto`,
  ),
  framework(
    'framework/tensor',
    `message TensorProto
       dtype 1 DataType
       tensor_shape 2 TensorShapeProto
       version_number 3 int32
       tensor_content 4 bytes
       half_val 13 repeated int32
       float_val 5 repeated float
       double_val 6 repeated double
       int_val 7 repeated int32
       string_val 8 repeated bytes
       scomplex_val 9 repeated float
       int64_val 10 repeated int64
       bool_val 11 repeated bool
       dcomplex_val 12 repeated double
       resource_handle_val 14 repeated ResourceHandleProto
       variant_val 15 repeated VariantTensorDataProto
       uint32_val 16 repeated uint32
       uint64_val 17 repeated uint64
       float8_val 18 bytes
     message VariantTensorDataProto
       type_name 1 string
       metadata 2 bytes
       tensors 3 repeated TensorProto`,
  ),
  framework(
    'example/feature',
    `message BytesList
       value 1 repeated bytes
     message FloatList
       value 1 repeated float
     message Int64List
       value 1 repeated int64
     message Feature
       bytes_list 1 BytesList | kind
       float_list 2 FloatList | kind
       int64_list 3 Int64List | kind
     message Features
       feature 1 map<string, Feature>`,
  ),
  framework(
    'example/example',
    `message Example
       features 1 Features`,
  ),
  framework(
    'protobuf/meta_graph',
    `message TensorInfo
       name 1 string | encoding
       coo_sparse 4 TensorInfo.CooSparse | encoding
       composite_tensor 5 TensorInfo.CompositeTensor | encoding
       dtype 2 DataType
       tensor_shape 3 TensorShapeProto
     message TensorInfo.CooSparse
       values_tensor_name 1 string
       indices_tensor_name 2 string
       dense_shape_tensor_name 3 string
     message TensorInfo.CompositeTensor
       type_spec 1 TypeSpecProto
       components 2 repeated TensorInfo
     message SignatureDef
       inputs 1 map<string, TensorInfo>
       outputs 2 map<string, TensorInfo>
       method_name 3 string
       defaults 4 map<string, TensorProto>`,
  ),
  framework(
    'protobuf/struct',
    `message StructuredValue
       none_value 1 NoneValue | kind
       float64_value 11 double | kind
       int64_value 12 sint64 | kind
       string_value 13 string | kind
       bool_value 14 bool | kind
       tensor_shape_value 31 TensorShapeProto | kind
       tensor_dtype_value 32 DataType | kind
       tensor_spec_value 33 TensorSpecProto | kind
       type_spec_value 34 TypeSpecProto | kind
       bounded_tensor_spec_value 35 BoundedTensorSpecProto | kind
       list_value 51 ListValue | kind
       tuple_value 52 TupleValue | kind
       dict_value 53 DictValue | kind
       named_tuple_value 54 NamedTupleValue | kind
       tensor_value 55 TensorProto | kind
       numpy_value 56 TensorProto | kind
     message NoneValue
     message ListValue
       values 1 repeated StructuredValue
     message TupleValue
       values 1 repeated StructuredValue
     message DictValue
       fields 1 map<string, StructuredValue>
     message PairValue
       key 1 string
       value 2 StructuredValue
     message NamedTupleValue
       name 1 string
       values 2 repeated PairValue
     message TensorSpecProto
       name 1 string
       shape 2 TensorShapeProto
       dtype 3 DataType
     message BoundedTensorSpecProto
       name 1 string
       shape 2 TensorShapeProto
       dtype 3 DataType
       minimum 4 TensorProto
       maximum 5 TensorProto
     message TypeSpecProto
       type_spec_class 1 TypeSpecProto.TypeSpecClass
       type_state 2 StructuredValue
       type_spec_class_name 3 string
       num_flat_components 4 int32
     enum TypeSpecProto.TypeSpecClass
       UNKNOWN 0
       SPARSE_TENSOR_SPEC 1
       INDEXED_SLICES_SPEC 2
       RAGGED_TENSOR_SPEC 3
       TENSOR_ARRAY_SPEC 4
       DATA_DATASET_SPEC 5
       DATA_ITERATOR_SPEC 6
       OPTIONAL_SPEC 7
       PER_REPLICA_SPEC 8
       VARIABLE_SPEC 9
       ROW_PARTITION_SPEC 10
       REGISTERED_TYPE_SPEC 12
       EXTENSION_TYPE_SPEC 13`,
  ),
]

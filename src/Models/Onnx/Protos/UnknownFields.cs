using Google.Protobuf;

namespace MLTransfer.Models.Onnx.Protos;

// A model of a later specification holds fields that this reader does not know. The generated code keeps them, but hands them on only in a deep copy;
// editing copies shallowly, and must not lose them.

internal sealed partial class ModelProto
{
    /// <summary>Takes over the fields of another message that this reader does not know.</summary>
    public void AddUnknownFields(ModelProto other) => _unknownFields = UnknownFieldSet.MergeFrom(_unknownFields, other._unknownFields);
}

internal sealed partial class GraphProto
{
    /// <inheritdoc cref="ModelProto.AddUnknownFields"/>
    public void AddUnknownFields(GraphProto other) => _unknownFields = UnknownFieldSet.MergeFrom(_unknownFields, other._unknownFields);
}

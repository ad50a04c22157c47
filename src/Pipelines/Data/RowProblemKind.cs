using System.Text.Json.Serialization;

namespace MLTransfer.Pipelines.Data;

/// <summary>Sorts of unusable rows.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RowProblemKind>))]
internal enum RowProblemKind
{
    /// <summary>The row breaks the rules of its format: number of fields, quotes, JSON.</summary>
    [JsonStringEnumMemberName("malformed")]
    Malformed,

    /// <summary>The label is missing or empty.</summary>
    [JsonStringEnumMemberName("empty-label")]
    EmptyLabel,

    /// <summary>The label of a test row is none of the training rows' labels.</summary>
    [JsonStringEnumMemberName("unknown-label")]
    UnknownLabel,

    /// <summary>All columns of a text input are missing, empty or white space.</summary>
    [JsonStringEnumMemberName("empty-text")]
    EmptyText,

    /// <summary>A number is missing, not a number, or infinite.</summary>
    [JsonStringEnumMemberName("not-a-number")]
    NotANumber,

    /// <summary>An image file is not there or cannot be opened.</summary>
    [JsonStringEnumMemberName("missing-image")]
    MissingImage,

    /// <summary>A file is empty, or not an image that can be decoded.</summary>
    [JsonStringEnumMemberName("broken-image")]
    BrokenImage,
}

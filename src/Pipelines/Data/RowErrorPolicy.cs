using System.Text.Json.Serialization;

namespace MLTransfer.Pipelines.Data;

/// <summary>What happens to a row that cannot be used.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RowErrorPolicy>))]
internal enum RowErrorPolicy
{
    /// <summary>The row is left out, counted and named in the log.</summary>
    [JsonStringEnumMemberName("skip")]
    Skip,

    /// <summary>The run stops before training, and the message names the rows.</summary>
    [JsonStringEnumMemberName("fail")]
    Fail,
}

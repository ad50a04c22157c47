using System.Text.Json.Serialization;

namespace MLTransfer.Pipelines.Data;

/// <summary>How rows are stored on disk.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DataFormat>))]
internal enum DataFormat
{
    /// <summary>A folder with one folder for each class, which holds that class's images.</summary>
    [JsonStringEnumMemberName("image-folder")]
    ImageFolder,

    /// <summary>Delimited text; the delimiter is detected among comma, semicolon, tab and bar.</summary>
    [JsonStringEnumMemberName("csv")]
    Csv,

    /// <summary>Tab-delimited text.</summary>
    [JsonStringEnumMemberName("tsv")]
    Tsv,

    /// <summary>One JSON object a line.</summary>
    [JsonStringEnumMemberName("json-lines")]
    JsonLines,

    /// <summary>Apache Parquet.</summary>
    [JsonStringEnumMemberName("parquet")]
    Parquet,
}

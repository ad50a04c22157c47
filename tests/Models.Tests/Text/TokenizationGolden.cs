using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLTransfer.Models.Tests.Text;

/// <summary>One line of a golden.jsonl: what the reference implementation makes of a text.</summary>
public sealed record TokenizationGolden
{
    [JsonPropertyName("id")]
    public int Id { get; init; }

    [JsonPropertyName("text")]
    public required string Text { get; init; }

    [JsonPropertyName("pair")]
    public string? Pair { get; init; }

    [JsonPropertyName("max_length")]
    public int? MaximumLength { get; init; }

    [JsonPropertyName("input_ids")]
    public required int[] Ids { get; init; }

    [JsonPropertyName("token_type_ids")]
    public int[]? TypeIds { get; init; }

    public static IReadOnlyList<TokenizationGolden> Read(string path) =>
        [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<TokenizationGolden>(line)!)];
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLTransfer.Pipelines.Configuration;

/// <summary>One baseline, or several: in JSON a text, or a list of texts.</summary>
[JsonConverter(typeof(BaselineChoiceConverter))]
internal sealed record BaselineChoice
{
    /// <param name="baselines">The baselines, at least one, each once.</param>
    public BaselineChoice(params IReadOnlyList<Baseline> baselines) => Baselines = baselines;

    /// <summary>The baselines.</summary>
    public IReadOnlyList<Baseline> Baselines { get; }

    /// <summary>The name of a baseline in files and on the console.</summary>
    public static string NameOf(Baseline baseline) => JsonNamingPolicy.KebabCaseLower.ConvertName(baseline.ToString());

    /// <inheritdoc/>
    public bool Equals(BaselineChoice? other) => other is not null && Baselines.SequenceEqual(other.Baselines);

    /// <inheritdoc/>
    public override int GetHashCode() => Baselines.Aggregate(0, static (hash, baseline) => HashCode.Combine(hash, baseline));

    private sealed class BaselineChoiceConverter : JsonConverter<BaselineChoice>
    {
        private const string Expected = "expected \"scratch\", \"frozen\", or a list of these.";

        public override BaselineChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.StartArray)
                return new BaselineChoice(One(ref reader));
            List<Baseline> baselines = [];
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                Baseline baseline = One(ref reader);
                if (!baselines.Contains(baseline))
                    baselines.Add(baseline);
            }
            return baselines.Count > 0 ? new BaselineChoice(baselines) : throw new JsonException($"is an empty list; {Expected}");
        }

        public override void Write(Utf8JsonWriter writer, BaselineChoice value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach (Baseline baseline in value.Baselines)
                writer.WriteStringValue(NameOf(baseline));
            writer.WriteEndArray();
        }

        private static Baseline One(ref Utf8JsonReader reader)
        {
            string? name = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            foreach (Baseline baseline in Enum.GetValues<Baseline>())
            {
                if (name == NameOf(baseline))
                    return baseline;
            }
            throw new JsonException(name is null ? $"holds something that is no text; {Expected}" : $"holds '{name}'; {Expected}");
        }
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLTransfer.Pipelines.Configuration;

/// <summary>One column, or several whose texts are joined with a space: in JSON a text, or a list of texts.</summary>
[JsonConverter(typeof(ColumnNamesConverter))]
internal sealed record ColumnNames
{
    /// <param name="names">The columns' names, at least one.</param>
    public ColumnNames(params IReadOnlyList<string> names) => Names = names;

    /// <summary>The columns' names.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <inheritdoc/>
    public bool Equals(ColumnNames? other) => other is not null && Names.SequenceEqual(other.Names, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Names.Aggregate(0, static (hash, name) => HashCode.Combine(hash, name));

    /// <inheritdoc/>
    public override string ToString() => string.Join(" + ", Names);

    private sealed class ColumnNamesConverter : JsonConverter<ColumnNames>
    {
        public override ColumnNames Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String)
                return new ColumnNames(reader.GetString()!);
            if (reader.TokenType != JsonTokenType.StartArray)
                throw new JsonException("is neither a column's name in quotes nor a list of names.");
            var names = new List<string>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                names.Add(reader.TokenType == JsonTokenType.String
                    ? reader.GetString()!
                    : throw new JsonException("holds something that is not a column's name in quotes."));
            }
            return names.Count > 0 ? new ColumnNames(names) : throw new JsonException("is an empty list; expected at least one column's name.");
        }

        public override void Write(Utf8JsonWriter writer, ColumnNames value, JsonSerializerOptions options)
        {
            if (value.Names.Count == 1)
            {
                writer.WriteStringValue(value.Names[0]);
                return;
            }
            writer.WriteStartArray();
            foreach (string name in value.Names)
                writer.WriteStringValue(name);
            writer.WriteEndArray();
        }
    }
}

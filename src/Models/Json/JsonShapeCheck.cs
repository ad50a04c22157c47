using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Text;

namespace MLTransfer.Models.Json;

/// <summary>
/// Walks through a JSON text beside the types that it is to become: field names, enum names and required fields are checked where their positions
/// are known, and the position of every field is kept for later errors.
/// </summary>
internal sealed class JsonShapeCheck(byte[] utf8, string origin)
{
    private static readonly JsonReaderOptions ReaderOptions = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly Dictionary<string, long> _positions = new(StringComparer.Ordinal);

    /// <summary>Checks the whole text.</summary>
    public void Check(JsonTypeInfo type)
    {
        Utf8JsonReader reader = new(utf8, ReaderOptions);
        try
        {
            reader.Read();
            Value(ref reader, type, string.Empty);
            if (reader.Read())
            {
                throw At(reader.TokenStartIndex, "something follows the end of the object");
            }
        }
        catch (JsonException exception)
        {
            throw Error(exception);
        }
    }

    /// <summary>Where a field stands, as a prefix of an error: file, line, column and the field's path.</summary>
    public string Where(string path)
    {
        string known = path;
        while (known.Length > 0 && !_positions.ContainsKey(known))
        {
            known = known.LastIndexOfAny(['.', '[']) is int cut and > 0 ? known[..cut] : string.Empty;
        }

        long position = _positions.GetValueOrDefault(known);
        string field = path.Length == 0 ? string.Empty : $" '{path}'";
        return $"{Position(position)}:{field}";
    }

    /// <summary>An error of the JSON reader, with its position.</summary>
    public UserException Error(JsonException exception)
    {
        string reason = exception.Message;
        int cut = reason.IndexOf(" Path: ", StringComparison.Ordinal);
        cut = cut >= 0 ? cut : reason.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        reason = cut >= 0 ? reason[..cut] : reason;
        string path = exception.Path is { Length: > 1 } full ? $" '{full.TrimStart('$').TrimStart('.')}'" : string.Empty;
        return new UserException(
            $"{origin}({exception.LineNumber + 1},{exception.BytePositionInLine + 1}):{path} {Readable(reason)}", exception);
    }

    private void Value(ref Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        _positions[path] = reader.TokenStartIndex;
        Type target = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject when type.Kind == JsonTypeInfoKind.Object:
                Object(ref reader, Concrete(reader, type, path), path);
                break;
            case JsonTokenType.StartObject when type.Kind == JsonTypeInfoKind.Dictionary && type.ElementType is not null:
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    string key = reader.GetString()!;
                    reader.Read();
                    Value(ref reader, StrictJson.Options.GetTypeInfo(type.ElementType), Join(path, key));
                }

                break;
            case JsonTokenType.StartArray when type.Kind == JsonTypeInfoKind.Enumerable && type.ElementType is not null:
                for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
                {
                    Value(ref reader, StrictJson.Options.GetTypeInfo(type.ElementType), $"{path}[{i}]");
                }

                break;
            case JsonTokenType.String when target.IsEnum:
                Name(reader, target, path);
                break;
            case not JsonTokenType.StartObject and not JsonTokenType.Null when type.Kind == JsonTypeInfoKind.Object:
                throw At(reader.TokenStartIndex, $"{Field(path)} is {Describe(reader.TokenType)}; expected an object {{ … }}");
            case not JsonTokenType.StartArray and not JsonTokenType.Null when type.Kind == JsonTypeInfoKind.Enumerable:
                throw At(reader.TokenStartIndex, $"{Field(path)} is {Describe(reader.TokenType)}; expected a list [ … ]");
            default:
                reader.Skip();
                break;
        }
    }

    private void Object(ref Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        long start = reader.TokenStartIndex;
        HashSet<string> seen = [];
        string? discriminator = Discriminator(type);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            long position = reader.TokenStartIndex;
            string name = reader.GetString()!;
            if (!seen.Add(name))
            {
                throw At(position, $"the field '{Join(path, name)}' stands here twice");
            }

            JsonPropertyInfo? property = type.Properties.FirstOrDefault(candidate => candidate.Name == name);
            reader.Read();
            if (property is not null)
            {
                Value(ref reader, StrictJson.Options.GetTypeInfo(property.PropertyType), Join(path, name));
            }
            else if (name == discriminator || (path.Length == 0 && name == "$schema"))
            {
                reader.Skip();
            }
            else
            {
                string[] valid = [.. type.Properties.Select(static candidate => candidate.Name).Order(StringComparer.Ordinal)];
                string? nearest = EditDistance.Nearest(name, valid);
                string hint = nearest is not null ? $"Did you mean '{nearest}'?" : $"Valid fields here: {string.Join(", ", valid)}.";
                throw At(position, $"unknown field '{Join(path, name)}'. {hint}", end: string.Empty);
            }
        }

        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (property.IsRequired && !seen.Contains(property.Name))
            {
                throw At(start, $"the field '{Join(path, property.Name)}' is missing");
            }
        }
    }

    /// <summary>The derived type that a polymorphic object names.</summary>
    private JsonTypeInfo Concrete(Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        if (type.PolymorphismOptions is not { } options)
        {
            return type;
        }

        string field = options.TypeDiscriminatorPropertyName;
        string[] valid = [.. options.DerivedTypes.Select(static derived => $"{derived.TypeDiscriminator}")];
        long start = reader.TokenStartIndex;
        int depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != depth + 1)
            {
                continue;
            }

            bool found = reader.ValueTextEquals(field);
            reader.Read();
            if (!found)
            {
                reader.Skip();
                continue;
            }

            string value = reader.TokenType == JsonTokenType.String ? reader.GetString()! : Encoding.UTF8.GetString(reader.ValueSpan);
            foreach (JsonDerivedType derived in options.DerivedTypes)
            {
                if (value.Equals(derived.TypeDiscriminator))
                {
                    return StrictJson.Options.GetTypeInfo(derived.DerivedType);
                }
            }

            throw Unknown(reader.TokenStartIndex, Join(path, field), value, valid);
        }

        throw At(start, $"the field '{Join(path, field)}' is missing; expected one of {string.Join(", ", valid)}");
    }

    private void Name(Utf8JsonReader reader, Type type, string path)
    {
        string value = reader.GetString()!;
        string[] valid = [.. Enum.GetNames(type).Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];
        if (!valid.Contains(value, StringComparer.OrdinalIgnoreCase))
        {
            throw Unknown(reader.TokenStartIndex, path, value, valid);
        }
    }

    private UserException Unknown(long position, string path, string value, string[] valid)
    {
        string? nearest = EditDistance.Nearest(value, valid);
        string hint = nearest is null ? string.Empty : $"Did you mean '{nearest}'? ";
        return At(position, $"{Field(path)} is '{value}'. {hint}Expected one of: {string.Join(", ", valid)}");
    }

    private UserException At(long position, string message, string end = ".") => new($"{Position(position)}: {message}{end}");

    private string Position(long position)
    {
        ReadOnlySpan<byte> before = utf8.AsSpan(0, (int)position);
        int line = before.Count((byte)'\n') + 1;
        int column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
        return $"{origin}({line},{column})";
    }

    private static string? Discriminator(JsonTypeInfo type)
    {
        for (Type? current = type.Type; current is not null; current = current.BaseType)
        {
            if (current.GetCustomAttributes(typeof(JsonPolymorphicAttribute), inherit: false).FirstOrDefault() is JsonPolymorphicAttribute attribute)
            {
                return attribute.TypeDiscriminatorPropertyName ?? "$type";
            }
        }

        return null;
    }

    private static string Readable(string reason) => reason.StartsWith("The JSON value could not be converted to ", StringComparison.Ordinal)
        ? $"has the wrong kind of value; expected {Kind(reason["The JSON value could not be converted to ".Length..].TrimEnd('.'))}."
        : reason;

    private static string Kind(string type) => type switch
    {
        "System.Boolean" => "true or false",
        "System.String" => "a text in quotes",
        "System.Int32" or "System.Int64" => "a whole number",
        "System.Single" or "System.Double" => "a number",
        _ when type.Contains("Int32", StringComparison.Ordinal) || type.Contains("Int64", StringComparison.Ordinal) => "a whole number",
        _ when type.Contains("Single", StringComparison.Ordinal) || type.Contains("Double", StringComparison.Ordinal) => "a number",
        _ when type.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        _ => type,
    };

    private static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartArray => "a list",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.String => "a text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        _ => "null",
    };

    private static string Field(string path) => path.Length == 0 ? "the file" : $"'{path}'";

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}

using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Json;

/// <summary>
/// Reads option records from JSON that people write: comments and trailing commas are allowed, unknown fields are not. Every error names the file,
/// line and column, and the nearest valid name.
/// </summary>
internal static class StrictJson
{
    /// <summary>camelCase fields, kebab-case enum values, comments allowed, nulls left out.</summary>
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserException">The file is missing, is not JSON, or holds a value that the type does not allow.</exception>
    public static T Read<T>(string path)
        where T : class
    {
        try
        {
            return Parse<T>(File.ReadAllBytes(path), path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserException($"{path} does not exist. Expected a JSON file.", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            string why = Directory.Exists(path) ? "is a folder; expected a JSON file" : "cannot be read; check its permissions";
            throw new UserException($"{path} {why}.", exception);
        }
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="utf8">The JSON text.</param>
    /// <param name="origin">How errors name it: a path.</param>
    public static T Parse<T>(ReadOnlySpan<byte> utf8, string origin)
        where T : class
    {
        // A byte order mark is what some editors put first.
        ReadOnlySpan<byte> text = utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        JsonShapeCheck check = new(text.ToArray(), origin);
        check.Check(Options.GetTypeInfo(typeof(T)));
        T? value;
        try
        {
            value = JsonSerializer.Deserialize<T>(text, Options);
        }
        catch (JsonException exception)
        {
            throw check.Error(exception);
        }

        if (value is null)
        {
            throw new UserException($"{origin} is null; expected an object.");
        }

        OptionsValidation.Validate(value, check.Where);
        return value;
    }

    /// <summary>Writes an option record as it would be read again.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options) + "\n";

    private static JsonSerializerOptions CreateOptions()
    {
        JsonSerializerOptions options = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            ReadCommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            AllowOutOfOrderMetadataProperties = true,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            WriteIndented = true,
            NumberHandling = JsonNumberHandling.Strict,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        };
        options.MakeReadOnly();
        return options;
    }
}

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
    /// <param name="path">The file.</param>
    /// <param name="check">See <see cref="Parse"/>.</param>
    /// <exception cref="UserException">The file is missing, is not JSON, or holds a value that the type does not allow.</exception>
    public static T Read<T>(string path, Action<T, Func<string, string>>? check = null)
        where T : class
    {
        try
        {
            return Parse(File.ReadAllBytes(path), path, check);
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
    /// <param name="check">
    /// Checks what one value says about another, when each is valid by itself. Its second argument turns the path of a field
    /// (<c>image.width</c>) into the beginning of an error: file, line, column and field.
    /// </param>
    /// <exception cref="UserException">The text is not JSON, or holds a value that the type does not allow.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> utf8, string origin, Action<T, Func<string, string>>? check = null)
        where T : class
    {
        // A byte order mark is what some editors put first.
        ReadOnlySpan<byte> text = utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        JsonShapeCheck shape = new(text.ToArray(), origin);
        shape.Check(Options.GetTypeInfo(typeof(T)));
        T? value;
        try
        {
            value = JsonSerializer.Deserialize<T>(text, Options);
        }
        catch (JsonException exception)
        {
            throw shape.Error(exception);
        }

        if (value is null)
        {
            throw new UserException($"{origin} is null; expected an object.");
        }

        OptionsValidation.Validate(value, shape.Where);
        check?.Invoke(value, shape.Where);
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

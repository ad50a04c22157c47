using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;

namespace MLTransfer.Pipelines.Configuration;

/// <summary>One value that is set from outside: <c>head.trainer=sdca</c>, <c>features[0].backbone=resnet18</c>.</summary>
/// <remarks>The value is JSON where it is valid JSON (<c>3</c>, <c>true</c>, <c>null</c>, <c>["a","b"]</c>, <c>"7"</c>), and else a text.</remarks>
internal sealed partial class ConfigurationOverride
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly string _assignment;
    private readonly IReadOnlyList<string> _path;
    private readonly JsonNode? _value;

    private ConfigurationOverride(string assignment, IReadOnlyList<string> path, JsonNode? value)
    {
        _assignment = assignment;
        _path = path;
        _value = value;
    }

    /// <summary>Reads an assignment.</summary>
    /// <exception cref="UserException">There is no <c>=</c>, or the path is not one.</exception>
    public static ConfigurationOverride Parse(string assignment)
    {
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        string path = equals < 0 ? "" : assignment[..equals].Trim();
        if (!PathPattern().IsMatch(path))
            throw new UserException($"--set {assignment}: expected path=value, for example head.trainer=sdca or features[0].backbone=resnet18.");
        string[] steps = path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.');
        return new ConfigurationOverride(assignment, steps, Value(assignment[(equals + 1)..]));
    }

    /// <summary>The object of a JSON text; null where it is not one.</summary>
    public static JsonObject? Root(ReadOnlySpan<byte> utf8)
    {
        ReadOnlySpan<byte> text = utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        try
        {
            return JsonNode.Parse(text, documentOptions: Lenient) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads the changed text; errors name the assignment in place of a line.</summary>
    public static T Read<T>(JsonNode root, string origin)
        where T : class
    {
        try
        {
            return StrictJson.Parse<T>(Encoding.UTF8.GetBytes(root.ToJsonString()), origin);
        }
        catch (UserException error) when (error.Message.StartsWith(origin + "(", StringComparison.Ordinal))
        {
            // The position is one in a text that nobody has seen.
            string rest = error.Message[origin.Length..];
            throw new UserException(origin + PositionPattern().Replace(rest, "", 1), error);
        }
    }

    /// <summary>Puts the value into its place; objects on the way are made.</summary>
    /// <exception cref="UserException">A step leads into a value that is no object, or past the end of a list.</exception>
    public void Apply(JsonNode root)
    {
        JsonNode node = root;
        for (int i = 0; i < _path.Count; i++)
        {
            bool isLast = i == _path.Count - 1;
            string step = _path[i];
            string there = string.Join('.', _path.Take(i));
            switch (node)
            {
                case JsonObject fields when isLast:
                    fields[step] = _value?.DeepClone();
                    break;
                case JsonObject fields:
                    node = fields[step] ??= NewContainer(_path[i + 1]);
                    break;
                case JsonArray items:
                    int index = Index(step, items, there);
                    if (index == items.Count)
                        items.Add(isLast ? _value?.DeepClone() : NewContainer(_path[i + 1]));
                    else if (isLast)
                        items[index] = _value?.DeepClone();
                    if (!isLast)
                        node = items[index] ??= NewContainer(_path[i + 1]);
                    break;
                default:
                    throw new UserException($"--set {_assignment}: '{there}' is a single value, there is no '{step}' in it.");
            }
        }
    }

    private int Index(string step, JsonArray items, string there)
    {
        if (!int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
            throw new UserException($"--set {_assignment}: '{there}' is a list; expected a number from 0 in place of '{step}'.");
        return index <= items.Count
            ? index
            : throw new UserException($"--set {_assignment}: '{there}' has {items.Count} entries; the next one would be {there}[{items.Count}].");
    }

    private static JsonNode NewContainer(string nextStep) => char.IsAsciiDigit(nextStep[0]) ? new JsonArray() : new JsonObject();

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    [GeneratedRegex(@"^\$?[A-Za-z][A-Za-z0-9]*(\[\d+\]|\.\d+|\.[A-Za-z][A-Za-z0-9]*)*$")]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"^\(\d+,\d+\)")]
    private static partial Regex PositionPattern();
}

using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace MLTransfer.Pipelines.Schemas;

/// <summary>A generated schema as Markdown tables for people: a table for each object, with every field, its kind, default and meaning.</summary>
internal static class FieldReference
{
    /// <summary>The tables, the whole file first, then each object in the order in which it is first named.</summary>
    /// <param name="schema">What <see cref="OptionsSchema.Generate"/> gave.</param>
    public static string Markdown(string schema)
    {
        JsonObject root = JsonNode.Parse(schema)!.AsObject();
        JsonObject definitions = root["definitions"]!.AsObject();
        StringBuilder text = new();
        Queue<string> open = new();
        HashSet<string> known = [];
        Table(text, "The file", root, definitions, open, known);
        while (open.TryDequeue(out string? name))
        {
            JsonObject definition = definitions[name]!.AsObject();
            if (definition["anyOf"] is JsonArray choices)
            {
                Heading(text, name, definition);
                foreach (string choice in choices.Select(static choice => Reference(choice!)!))
                    Choice(text, choice, definitions[choice]!.AsObject(), definitions, open, known);
            }
            else if (definition["enum"] is JsonArray values)
            {
                Heading(text, name, definition);
                Values(text, values, definition["enumDescriptions"]?.AsArray());
            }
            else if (definition["properties"] is not null)
            {
                Table(text, name, definition, definitions, open, known);
            }
        }
        return text.ToString();
    }

    private static void Heading(StringBuilder text, string name, JsonObject definition) =>
        text.Append(CultureInfo.InvariantCulture, $"### {name}\n{definition["description"]}\n\n");

    private static void Choice(StringBuilder text, string name, JsonObject definition, JsonObject definitions, Queue<string> open, HashSet<string> known)
    {
        (string field, string value) = definition["properties"]!.AsObject()
            .Where(static property => property.Value!["enum"] is JsonArray { Count: 1 } && property.Value["description"] is null)
            .Select(static property => (property.Key, (string)property.Value!["enum"]![0]!)).First();
        text.Append(CultureInfo.InvariantCulture, $"#### `\"{field}\": \"{value}\"`\n{definition["description"]}\n\n");
        Fields(text, definition, definitions, open, known, skip: field);
    }

    private static void Table(StringBuilder text, string title, JsonObject definition, JsonObject definitions, Queue<string> open, HashSet<string> known)
    {
        Heading(text, title, definition);
        Fields(text, definition, definitions, open, known, skip: "$schema");
    }

    private static void Fields(StringBuilder text, JsonObject definition, JsonObject definitions, Queue<string> open, HashSet<string> known, string skip)
    {
        HashSet<string> required = [.. definition["required"]?.AsArray().Select(static name => (string)name!) ?? []];
        text.Append("| field | kind | default | meaning |\n|---|---|---|---|\n");
        foreach ((string name, JsonNode? field) in definition["properties"]!.AsObject().Where(field => field.Key != skip))
        {
            string value = required.Contains(name) ? "must be given" : Default(field!);
            text.Append(CultureInfo.InvariantCulture, $"| `{name}` | {Kind(field!, definitions, open, known)} | {value} | {field!["description"]} |\n");
        }
        text.Append('\n');
    }

    private static void Values(StringBuilder text, JsonArray values, JsonArray? descriptions)
    {
        text.Append("| value | meaning |\n|---|---|\n");
        for (int i = 0; i < values.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"| `{values[i]}` | {descriptions?[i]} |\n");
        text.Append('\n');
    }

    private static string Default(JsonNode field) => field["default"] switch
    {
        null => "",
        JsonArray list => string.Join(", ", list.Select(static item => item!.ToJsonString())),
        JsonNode value => $"`{(value.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)value! : value.ToJsonString())}`",
    };

    private static string Kind(JsonNode field, JsonObject definitions, Queue<string> open, HashSet<string> known)
    {
        if (Reference(field) is { } name)
        {
            if (definitions[name]!["oneOf"] is not null)
                return "text, or list of texts";
            if (known.Add(name))
                open.Enqueue(name);
            return $"[{name}](#{name.ToLowerInvariant()})";
        }
        string[] kinds = field["type"] is JsonArray several ? [.. several.Select(static kind => (string)kind!)] : [(string?)field["type"] ?? ""];
        return kinds.First(static kind => kind != "null") switch
        {
            "array" => $"list of {Kind(field["items"]!, definitions, open, known)}",
            "boolean" => "true or false",
            "integer" => "whole number" + Bounds(field),
            "number" => "number" + Bounds(field),
            "string" => "text",
            string other => other,
        };
    }

    private static string Bounds(JsonNode field)
    {
        string? least = Bound(field["minimum"], (bool?)field["exclusiveMinimum"] == true, "≥", ">");
        string? most = Bound(field["maximum"], (bool?)field["exclusiveMaximum"] == true, "≤", "<");
        string bounds = string.Join(", ", new[] { least, most }.OfType<string>());
        return bounds.Length > 0 ? $", {bounds}" : "";
    }

    // The largest number of a type bounds nothing that anybody writes.
    private static string? Bound(JsonNode? value, bool isExclusive, string including, string excluding) =>
        value is null || Math.Abs(value.GetValue<double>()) > 1e9
            ? null
            : $"{(isExclusive ? excluding : including)} {value.GetValue<double>().ToString("0.######", CultureInfo.InvariantCulture)}";

    private static string? Reference(JsonNode field)
    {
        JsonNode? reference = field["$ref"] ?? (field["oneOf"] as JsonArray)?.Select(static choice => choice!["$ref"]).FirstOrDefault(static found => found is not null);
        return ((string?)reference)?["#/definitions/".Length..];
    }
}

using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using MLTransfer.Models.Json;
using NJsonSchema;
using NJsonSchema.Generation;

namespace MLTransfer.Pipelines.Schemas;

/// <summary>
/// Which fields there are and which must be there, and bounds that are excluded. The generator lists internal members too, which the reader does
/// not read. <c>[Required]</c> on a field that has a default forbids only an empty value; the generator
/// would ask for the field itself.
/// </summary>
internal sealed class FieldRules : ISchemaProcessor
{
    public void Process(SchemaProcessorContext context)
    {
        if (StrictJson.Options.GetTypeInfo(context.ContextualType.Type) is not { Kind: JsonTypeInfoKind.Object } info)
        {
            return;
        }

        HashSet<string> read = [.. info.Properties.Where(static field => field.Set is not null).Select(static field => field.Name)];
        foreach (string name in context.Schema.Properties.Keys.Except(read).ToArray())
        {
            context.Schema.Properties.Remove(name);
        }

        foreach (JsonPropertyInfo field in info.Properties)
        {
            if (field.AttributeProvider is not PropertyInfo member || !context.Schema.Properties.TryGetValue(field.Name, out JsonSchemaProperty? property))
            {
                continue;
            }

            property.IsRequired = field.IsRequired || (member.IsDefined(typeof(RequiredAttribute)) && IsEmpty(property.Default));
            property.Default = property.IsRequired ? null : property.Default;
            if (member.GetCustomAttribute<RangeAttribute>() is { } range)
            {
                SetBounds(property, range);
            }
        }
    }

    private static bool IsEmpty(object? value) => value is null || value.ToString() is "";

    // Draft 4 has a flag beside the bound; later drafts have the bound in its place.
    private static void SetBounds(JsonSchemaProperty property, RangeAttribute range)
    {
        property.IsExclusiveMinimum |= range.MinimumIsExclusive;
        property.IsExclusiveMaximum |= range.MaximumIsExclusive;
    }
}

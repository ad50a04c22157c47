using System.Reflection;
using Namotion.Reflection;
using NJsonSchema.Generation;

namespace MLTransfer.Pipelines.Schemas;

/// <summary>Tells what each name of an enum means, in the form that editors show (<c>enumDescriptions</c>).</summary>
internal sealed class EnumDescriptions : ISchemaProcessor
{
    public void Process(SchemaProcessorContext context)
    {
        Type type = context.ContextualType.Type;
        if (type.IsEnum)
        {
            // The names of the code say nothing to somebody who writes JSON.
            context.Schema.EnumerationNames.Clear();
            context.Schema.ExtensionData ??= new Dictionary<string, object?>();
            context.Schema.ExtensionData["enumDescriptions"] =
                type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => field.GetXmlDocsSummary()).ToArray();
        }
    }
}

using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLTransfer.Pipelines.FineTuning.Targets;

/// <summary>Checks label columns with ML.NET's words.</summary>
internal static class LabelColumn
{
    /// <summary>Checks a column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public static void Check(DataViewSchema schema, string name, string expected, Func<DataViewType, bool> fits)
    {
        DataViewSchema.Column label = schema.GetColumnOrNull(name)
            ?? throw new ArgumentOutOfRangeException(nameof(schema), $"Could not find label column '{name}'");
        if (!fits(label.Type))
        {
            throw new ArgumentOutOfRangeException(nameof(schema), $"Schema mismatch for label column '{name}': expected {expected}, got {label.Type}");
        }
    }
}

using Microsoft.ML;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Pipelines.Export;

/// <summary>One transform of a saved model.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Transformer">The transform.</param>
/// <param name="Input">The columns before it.</param>
/// <param name="Output">The columns after it.</param>
/// <param name="Graph">What it runs, if it is an ONNX transform.</param>
internal sealed record SavedStep(int Index, ITransformer Transformer, DataViewSchema Input, DataViewSchema Output, OnnxModel? Graph)
{
    /// <summary>How errors name it.</summary>
    public string Description => $"Step {Index + 1} of the model ({Transformer.GetType().Name.Split('`')[0]})";

    /// <summary>The columns that it makes.</summary>
    public IReadOnlyList<DataViewSchema.Column> Made { get; } = [.. Added(Input, Output)];

    /// <summary>The columns that it reads to make others, in the order of the schema.</summary>
    public IReadOnlyList<string> Reads(IEnumerable<DataViewSchema.Column> made) =>
        [.. Transformer.GetRowToRowMapper(Input).GetDependencies(made).OrderBy(static column => column.Index).Select(static column => column.Name)];

    /// <summary>Columns stay in their order; new ones come at the end, or behind the column whose name they take over.</summary>
    private static IEnumerable<DataViewSchema.Column> Added(DataViewSchema input, DataViewSchema output)
    {
        int next = 0;
        foreach (DataViewSchema.Column column in output)
        {
            if (next < input.Count && input[next].Name == column.Name)
            {
                next++;
            }
            else
            {
                yield return column;
            }
        }
    }
}

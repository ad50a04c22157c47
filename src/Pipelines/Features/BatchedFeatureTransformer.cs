using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Inference;

namespace MLTransfer.Pipelines.Features;

/// <summary>Stands in the place of the stock transforms of a loaded model: the same features, computed in batches.</summary>
/// <param name="stock">The transforms as they were loaded; one row a call, and what is saved again.</param>
/// <param name="output">The feature column.</param>
/// <param name="dimension">Length of a feature vector.</param>
/// <param name="extract">From rows to features, in order.</param>
/// <param name="owned">What is released with the transformer.</param>
internal sealed class BatchedFeatureTransformer(
    ITransformer stock, string output, int dimension, Func<IDataView, IEnumerable<FeatureResult>> extract, IDisposable owned) : ITransformer, IDisposable
{
    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => FeatureColumnSchema.Schema(inputSchema, output, dimension);

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => new FeatureDataView(input, GetOutputSchema(input.Schema), extract);

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => stock.GetRowToRowMapper(inputSchema);

    /// <inheritdoc/>
    public void Dispose()
    {
        owned.Dispose();
        (stock as IDisposable)?.Dispose();
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => stock.Save(ctx);
}

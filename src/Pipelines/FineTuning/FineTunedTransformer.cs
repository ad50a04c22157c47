using System.Collections;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Freezing.Plans;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>A fine-tuned backbone with its head: the chain of their transforms, and the adapters where such were trained.</summary>
/// <remarks>
/// Saved, it is a chain of ML.NET's own transforms, with the adapters merged into the weights. The adapters themselves are not in the zip: a model that was loaded from
/// one has none, so that <see cref="Adapter"/> is to be saved beside it.
/// </remarks>
/// <example>
/// <code>
/// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
///     .Append(mlContext.MulticlassClassification.Trainers.FineTuneText(
///         Backbone.Load("all-MiniLM-L6-v2"), options: new FineTuneOptions { Train = new FreezePlan { Lora = new LoraOptions() } }))
///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
/// var model = pipeline.Fit(train);
/// model.OfType&lt;FineTunedTransformer&gt;().Single().Adapter!.Save("adapter.safetensors");
/// </code>
/// </example>
public sealed class FineTunedTransformer : ITransformer, IEnumerable<ITransformer>, IDisposable
{
    private readonly TransformerChain<ITransformer> _steps;

    internal FineTunedTransformer(TransformerChain<ITransformer> steps, LoraAdapter? adapter)
    {
        _steps = steps;
        Adapter = adapter;
    }

    /// <summary>The low-rank adapters with the head; null where weights themselves were trained, that is, without <see cref="FreezePlan.Lora"/>.</summary>
    public LoraAdapter? Adapter { get; }

    /// <inheritdoc/>
    /// <remarks>True: a prediction engine runs the stock transforms, one row a call.</remarks>
    public bool IsRowToRowMapper => ((ITransformer)_steps).IsRowToRowMapper;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _steps.GetOutputSchema(inputSchema);

    /// <summary>Adds the columns of features and predictions. Nothing is computed before a cursor asks for it.</summary>
    /// <param name="input">Data with the input columns.</param>
    public IDataView Transform(IDataView input) => _steps.Transform(input);

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)_steps).GetRowToRowMapper(inputSchema);

    /// <summary>The transforms, in the order in which they run.</summary>
    public IEnumerator<ITransformer> GetEnumerator() => _steps.GetEnumerator();

    /// <summary>Releases the sessions of ONNX Runtime.</summary>
    public void Dispose() => _steps.Dispose();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)_steps).Save(ctx);
}

using Microsoft.ML;
using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.Features;

namespace MLTransfer.Benchmarks.Extraction.Texts;

/// <summary>Ours: <c>ExtractTextFeatures</c> with its defaults.</summary>
internal sealed class BatchedTexts(string dataSet, FeatureTensor? feature = null, int? batchTokens = null) : IExtractionVariant
{
    private readonly TextSource _source = new(dataSet);
    private readonly MLContext _ml = new(seed: 1);
    private TextFeatureExtractingTransformer? _model;

    private TextFeatureOptions Options => batchTokens is { } tokens
        ? new TextFeatureOptions { Feature = feature, BatchTokens = tokens }
        : new TextFeatureOptions { Feature = feature };

    public string Note => batchTokens is { } tokens ? $"batches of {tokens} tokens" : feature is null ? "defaults" : $"feature {feature.Tensor}";

    public void WarmUp()
    {
        _model = _ml.Transforms.ExtractTextFeatures("Features", nameof(TextRow.Text), Backbone.Load(TextSource.Backbone), Options).Fit(View(64));
        Run(64);
    }

    public void Run(int rows) => FeatureCursor.Read(_model!.Transform(View(rows)), "Features", rows);

    public void Dispose() => _model?.Dispose();

    private IDataView View(int rows)
        => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(row => new TextRow { Text = _source.Text(row) }));
}

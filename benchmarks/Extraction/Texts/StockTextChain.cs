using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Tokenizers;
using Microsoft.ML.Transforms.Onnx;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.StockModels;

namespace MLTransfer.Benchmarks.Extraction.Texts;

/// <summary>The peer: what an ML.NET user writes today. Microsoft.ML.Tokenizers in a custom mapping, then ApplyOnnxModel on the same graph, row by row.</summary>
internal sealed class StockTextChain(string dataSet) : IExtractionVariant
{
    private const string Feature = FeatureGraph.Features;
    private readonly TextSource _source = new(dataSet);
    private readonly MLContext _ml = new(seed: 1);
    private readonly string _modelPath = Path.Combine(Path.GetTempPath(), $"stock-text-chain-{Environment.ProcessId}.onnx");
    private TransformerChain<OnnxTransformer>? _model;

    public string Note => "row by row";

    public void WarmUp()
    {
        var backbone = Backbone.Load(TextSource.Backbone);
        FeatureGraph graph = FeatureGraph.Build(backbone, new FeatureGraphOptions());
        MLNetReadableGraph.From(graph.Model).Save(_modelPath);
        int maximum = backbone.Card.Text!.MaximumLength;
        BertTokenizer tokenizer = BertTokenizer.Create(Path.Combine(backbone.Directory, backbone.Card.Text.Tokenizer.Vocabulary));
        _model = _ml.Transforms.CustomMapping<TextRow, TokenRow>(
            (text, tokens) =>
            {
                tokens.Ids = [.. tokenizer.EncodeToIds(text.Text, maximum, out _, out _).Select(id => (long)id)];
                tokens.Mask = new long[tokens.Ids.Length];
                tokens.Types = new long[tokens.Ids.Length];
                Array.Fill(tokens.Mask, 1);
            },
            contractName: null)
            .Append(_ml.Transforms.ApplyOnnxModel([Feature], ["input_ids", "attention_mask", "token_type_ids"], _modelPath))
            .Fit(View(1));
        Run(8);
    }

    public void Run(int rows) => FeatureCursor.Read(_model!.Transform(View(rows)), Feature, rows);

    public void Dispose() => File.Delete(_modelPath);

    private IDataView View(int rows)
        => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(row => new TextRow { Text = _source.Text(row) }));

    private sealed class TokenRow
    {
        [ColumnName("input_ids")]
        public long[] Ids { get; set; } = [];

        [ColumnName("attention_mask")]
        public long[] Mask { get; set; } = [];

        [ColumnName("token_type_ids")]
        public long[] Types { get; set; } = [];
    }
}

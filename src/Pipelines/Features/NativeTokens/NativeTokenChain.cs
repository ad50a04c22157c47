using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text;

namespace MLTransfer.Pipelines.Features.NativeTokens;

/// <summary>
/// The saved form of text features whose tokenizer is not part of the graph: ML.NET's own transforms and one mapping of ours, which a program that loads
/// the model finds by the package reference and whose tokenizer it finds beside the zip.
/// </summary>
internal static class NativeTokenChain
{
    /// <summary>Builds the chain.</summary>
    /// <param name="graph">From token ids to features.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="inputColumns">The text column, or the two of a sentence pair.</param>
    /// <param name="outputColumn">The feature column.</param>
    /// <param name="dimension">Length of a feature vector.</param>
    public static TransformerChain<ITransformer> Build(
        FeatureGraph graph, NativeTokenizer tokenizer, string[] inputColumns, string outputColumn, int dimension)
    {
        MLContext context = new();
        bool isPair = inputColumns.Length > 1;
        DataViewSchema.Builder schema = new();
        foreach (string column in inputColumns.Distinct())
        {
            schema.AddColumn(column, TextDataViewType.Instance);
        }

        IDataView empty = new EmptyRows(schema.ToSchema());
        List<ITransformer> steps = [];
        Add(context.Transforms.CopyColumns(TextColumn.TextName, inputColumns[0]));
        if (isPair)
        {
            Add(context.Transforms.CopyColumns(TextPairColumns.PairName, inputColumns[1]));
        }

        // The mapping has no state of its own; a constant column tells it which tokenizer to take.
        Add(context.Transforms.Expression(TextColumn.KeyName, $"text => \"{tokenizer.Key}\"", TextColumn.TextName));
        Add(isPair
            ? context.Transforms.CustomMapping<TextPairColumns, TokenColumns>(TextPairTokensFactory.Map, TextPairTokensFactory.Contract)
            : context.Transforms.CustomMapping<TextColumn, TokenColumns>(TextTokensFactory.Map, TextTokensFactory.Contract));

        Dictionary<string, string> inputs = Inputs(graph);
        OnnxModel model = graph.WithColumns(new Dictionary<string, string>(inputs) { [FeatureGraph.Features] = outputColumn }, dimension);
        using MemoryStream bytes = new(StockModels.MLNetReadableGraph.From(model.WithEmbeddedData()).ToBytes());
        Add(context.Transforms.ApplyOnnxModel([outputColumn], [.. inputs.Values], bytes));
        Add(context.Transforms.DropColumns(
        [
            TextColumn.TextName, TextColumn.KeyName, TokenColumns.Ids, TokenColumns.Mask, TokenColumns.Types,
            .. isPair ? [TextPairColumns.PairName] : Array.Empty<string>(),
        ]));
        return new TransformerChain<ITransformer>([.. steps]);

        void Add(IEstimator<ITransformer> estimator)
        {
            ITransformer transformer = estimator.Fit(empty);
            empty = transformer.Transform(empty);
            steps.Add(transformer);
        }
    }

    // The graph's inputs → token columns.
    private static Dictionary<string, string> Inputs(FeatureGraph graph)
    {
        TextPreprocessing text = graph.Backbone.Card.Text!;
        return graph.Model.Inputs.Select(static input => input.Name).ToDictionary(
            name => name,
            name => name == text.InputIds ? TokenColumns.Ids : name == text.TokenTypeIds ? TokenColumns.Types : TokenColumns.Mask);
    }
}

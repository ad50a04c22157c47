using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text.Batching;

namespace MLTransfer.Models.Inference;

/// <summary>Features of texts by a graph that has the tokenizer inside: strings go in, sorted by length and packed, so that little is computed on padding.</summary>
internal sealed class StringFeatureExtractor : IDisposable
{
    /// <summary>Characters of a token in usual prose; only the packing depends on it.</summary>
    private const int CharactersPerToken = 4;

    private readonly InferenceSession _session;
    private readonly string[] _inputs;
    private readonly string _output;
    private readonly TokenBudget _budget;

    /// <param name="model">The graph, with one or two inputs string <c>[batch, 1]</c>.</param>
    /// <param name="inputs">Names of the inputs: the text, and the second one of a pair.</param>
    /// <param name="output">Name of the features.</param>
    /// <param name="options">How ONNX Runtime runs the graph.</param>
    /// <param name="budget">How texts are packed into batches.</param>
    public StringFeatureExtractor(OnnxModel model, IReadOnlyList<string> inputs, string output, InferenceOptions options, TokenBudget budget)
    {
        _session = SessionFactory.Create(model, options, output);
        _inputs = [.. inputs];
        _output = output;
        _budget = budget;
        Dimension = Run([new TextRow(string.Empty, string.Empty)])[0].Features!.Length;
    }

    /// <summary>Length of a feature vector.</summary>
    public int Dimension { get; }

    /// <summary>Extracts features, in the order of the rows.</summary>
    /// <param name="rows">The texts; read lazily.</param>
    /// <param name="cancellationToken">Ends the work between two batches.</param>
    public IEnumerable<FeatureResult> Extract(IEnumerable<TextRow> rows, CancellationToken cancellationToken) => TokenBatches.Run(
        rows,
        static row => 2 + ((row.Text.Length + (row.Pair?.Length ?? 0)) / CharactersPerToken),
        _budget,
        batch =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Run(batch);
        });

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private FeatureResult[] Run(IReadOnlyList<TextRow> rows)
    {
        OrtValue[] values = [.. _inputs.Select((_, input) =>
        {
            var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [rows.Count, 1]);
            for (int row = 0; row < rows.Count; row++)
            {
                value.StringTensorSetElementAt(input == 0 ? rows[row].Text : rows[row].Pair, row);
            }

            return value;
        })];
        try
        {
            using RunOptions run = new();
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(run, _inputs, values, [_output]);
            ReadOnlySpan<float> features = outputs[0].GetTensorDataAsSpan<float>();
            int dimension = features.Length / rows.Count;
            FeatureResult[] results = new FeatureResult[rows.Count];
            for (int row = 0; row < results.Length; row++)
            {
                results[row] = new FeatureResult(features.Slice(row * dimension, dimension).ToArray(), null);
            }

            return results;
        }
        finally
        {
            Array.ForEach(values, static value => value.Dispose());
        }
    }
}

using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text.Batching;

namespace MLTransfer.Models.Inference;

/// <summary>Features of texts by a graph that has the tokenizer inside: strings go in, sorted by length and packed, so that little is computed on padding.</summary>
internal sealed class StringFeatureExtractor : IDisposable
{
    /// <summary>Characters of a token in usual prose; only the packing depends on it.</summary>
    private const int CharactersPerToken = 4;

    private readonly FeatureSession _session;
    private readonly string[] _inputs;
    private readonly string _output;
    private readonly TokenBudget _budget;
    private readonly RunOptions _run = new();

    /// <param name="model">The graph, with one or two inputs string <c>[batch, 1]</c>.</param>
    /// <param name="inputs">Names of the inputs: the text, and the second one of a pair.</param>
    /// <param name="output">Name of the features.</param>
    /// <param name="options">How ONNX Runtime runs the graph.</param>
    /// <param name="budget">How texts are packed into batches.</param>
    public StringFeatureExtractor(OnnxModel model, IReadOnlyList<string> inputs, string output, InferenceOptions options, TokenBudget budget)
    {
        _inputs = [.. inputs];
        _output = output;
        _session = new FeatureSession(
            output,
            () => SessionFactory.Create(model, options, output),
            (session, rows, run) => Run(session, [.. Enumerable.Repeat(new TextRow(string.Empty, string.Empty), rows)], run, Shape),
            declaredDimension: null);
        _budget = _session.AnyBatch ? budget : budget with { Rows = 1 };
    }

    /// <summary>Length of a feature vector.</summary>
    public int Dimension => _session.Dimension;

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
            return Run(_session.Session, batch, _run, Results);
        });

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
    }

    private static long[] Shape(OrtValue features) => features.GetTensorTypeAndShape().Shape;

    private FeatureResult[] Results(OrtValue value)
    {
        ReadOnlySpan<float> features = value.GetTensorDataAsSpan<float>();
        FeatureResult[] results = new FeatureResult[features.Length / Dimension];
        for (int row = 0; row < results.Length; row++)
        {
            results[row] = new FeatureResult(features.Slice(row * Dimension, Dimension).ToArray(), null);
        }

        return results;
    }

    private T Run<T>(InferenceSession session, IReadOnlyList<TextRow> rows, RunOptions run, Func<OrtValue, T> read)
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
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, _inputs, values, [_output]);
            return read(outputs[0]);
        }
        finally
        {
            Array.ForEach(values, static value => value.Dispose());
        }
    }
}

using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Errors;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Freezing.Prefix;

/// <summary>Rows with the activations at the cut, computed once and read from files afterwards.</summary>
internal sealed class CachedInputs : ITrainingInputs, IDisposable
{
    private readonly ITrainingInputs _inputs;
    private readonly CutTensor[] _tensors;
    private readonly ActivationFile[] _files;
    private readonly int[] _lengths;
    private readonly bool _readsInputs;

    private CachedInputs(ITrainingInputs inputs, bool readsInputs, CutTensor[] tensors, ActivationFile[] files)
    {
        _inputs = inputs;
        _readsInputs = readsInputs;
        _tensors = tensors;
        _files = files;
        _lengths = inputs.Lengths.ToArray();
    }

    /// <inheritdoc/>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <summary>Bytes that the activations of rows take.</summary>
    public static long Size(ITrainingInputs inputs, IReadOnlyList<CutTensor> tensors, ActivationPrecision precision)
    {
        long tokens = 0;
        foreach (int length in inputs.Lengths)
        {
            tokens += length;
        }

        return tensors.Sum(tensor => (tensor.PerToken ? tokens : inputs.Lengths.Length) * tensor.Width * ActivationFile.Size(precision));
    }

    /// <summary>Runs the frozen part over all rows.</summary>
    /// <param name="inputs">The rows.</param>
    /// <param name="epoch">The epoch as in which they are read; null: as they are.</param>
    /// <param name="readsInputs">Whether the tail reads inputs of the rows beside the activations.</param>
    /// <param name="session">The frozen part.</param>
    /// <param name="tensors">The tensors at the cut.</param>
    /// <param name="folder">The folder of the files.</param>
    /// <param name="precision">How activations are rounded.</param>
    /// <param name="batchTokens">Most tokens of a call.</param>
    /// <param name="done">Told of the rows of each batch.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <exception cref="UserException">A row gave a number that is not finite.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public static CachedInputs Compute(
        ITrainingInputs inputs, int? epoch, bool readsInputs, PrefixSession session, CutTensor[] tensors, string folder, ActivationPrecision precision, int batchTokens, Action<int> done, CancellationToken cancellation)
    {
        string name = Guid.NewGuid().ToString("N");
        List<ActivationFile> files = [];
        try
        {
            for (int i = 0; i < tensors.Length; i++)
            {
                files.Add(new ActivationFile(Path.Combine(folder, $".activations-{name}-{i}.tmp"), Offsets(inputs.Lengths, tensors[i]), precision));
            }

            CachedInputs cached = new(inputs, readsInputs, tensors, [.. files]);
            foreach (int[] batch in Batches(cached._lengths, batchTokens))
            {
                cancellation.ThrowIfCancellationRequested();
                cached.Fill(session, batch, epoch);
                done(batch.Length);
            }

            return cached;
        }
        catch
        {
            files.ForEach(static file => file.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    public unsafe IReadOnlyDictionary<string, Tensor> Read(ReadOnlySpan<int> rows, int? epoch)
    {
        Dictionary<string, Tensor> batch = _readsInputs ? new(_inputs.Read(rows, null)) : [];
        int[] order = rows.ToArray();
        long longest = order.Max(row => _lengths[row]);
        for (int i = 0; i < _tensors.Length; i++)
        {
            CutTensor tensor = _tensors[i];
            ActivationFile file = _files[i];
            long row = (tensor.PerToken ? longest : 1) * tensor.Width;
            long[] shape = tensor.PerToken ? [order.Length, longest, .. tensor.Shape] : [order.Length, .. tensor.Shape];
            Tensor values = tensor.PerToken ? zeros(shape, ScalarType.Float32) : empty(shape, ScalarType.Float32);
            fixed (byte* memory = values.bytes)
            {
                float* start = (float*)memory;
                for (int at = 0; at < order.Length; at++)
                {
                    file.Read(order[at], new Span<float>(start + (at * row), checked((int)row)));
                }
            }

            batch[tensor.Name] = values;
        }

        return batch;
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_files, static file => file.Dispose());

    private void Fill(PrefixSession session, int[] batch, int? epoch)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        int longest = batch.Max(row => _lengths[row]);
        session.Run(_inputs.Read(batch, epoch), outputs =>
        {
            for (int i = 0; i < _tensors.Length; i++)
            {
                ReadOnlySpan<float> values = outputs[i].GetTensorDataAsSpan<float>();
                int width = checked((int)_tensors[i].Width), rowWidth = _tensors[i].PerToken ? longest * width : width;
                for (int at = 0; at < batch.Length; at++)
                {
                    ReadOnlySpan<float> row = values.Slice(at * rowWidth, _tensors[i].PerToken ? _lengths[batch[at]] * width : width);
                    if (row.ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
                    {
                        throw new UserException($"Training row {batch[at] + 1} gives a number that is not finite in the frozen part of the backbone ('{_tensors[i].Name}'). Mend or remove the row.");
                    }

                    _files[i].Write(batch[at], row);
                }
            }

            return true;
        });
    }

    private static long[] Offsets(ReadOnlySpan<int> lengths, CutTensor tensor)
    {
        long[] offsets = new long[lengths.Length + 1];
        for (int row = 0; row < lengths.Length; row++)
        {
            offsets[row + 1] = offsets[row] + ((tensor.PerToken ? lengths[row] : 1) * tensor.Width);
        }

        return offsets;
    }

    // Rows of the same length together, longest first; each call has about as many tokens.
    private static IEnumerable<int[]> Batches(int[] lengths, int tokens) =>
        Models.Text.Batching.TokenBatches.Pack(lengths, new Models.Text.Batching.TokenBudget { Tokens = tokens, Rows = 128 });
}

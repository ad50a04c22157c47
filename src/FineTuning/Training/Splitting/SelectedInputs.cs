using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Mixing;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Splitting;

/// <summary>Some of the rows of other inputs.</summary>
internal sealed class SelectedInputs : ITrainingInputs
{
    private readonly ITrainingInputs _inputs;
    private readonly int[] _rows;
    private readonly int[] _lengths;

    /// <param name="inputs">The inputs.</param>
    /// <param name="rows">Which rows, in this order.</param>
    public SelectedInputs(ITrainingInputs inputs, int[] rows)
    {
        _inputs = inputs;
        _rows = rows;
        _lengths = new int[rows.Length];
        ReadOnlySpan<int> lengths = inputs.Lengths;
        for (int i = 0; i < rows.Length; i++)
        {
            _lengths[i] = lengths[rows[i]];
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <inheritdoc/>
    public bool ChangesByEpoch => _inputs.ChangesByEpoch;

    /// <inheritdoc/>
    public int Views => _inputs.Views;

    /// <inheritdoc/>
    public RowMixture? MixtureOf(ReadOnlySpan<int> rows, int epoch) => _inputs.MixtureOf(Original(rows), epoch);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Read(ReadOnlySpan<int> rows, int? epoch) => _inputs.Read(Original(rows), epoch);

    private int[] Original(ReadOnlySpan<int> rows)
    {
        int[] original = new int[rows.Length];
        for (int i = 0; i < original.Length; i++)
        {
            original[i] = _rows[rows[i]];
        }

        return original;
    }
}

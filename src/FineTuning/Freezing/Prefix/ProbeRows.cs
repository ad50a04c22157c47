using MLTransfer.FineTuning.Training.Loop;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Freezing.Prefix;

/// <summary>Rows for two runs that tell the axes of tensors apart: other numbers of rows, and of tokens where rows have different lengths.</summary>
/// <param name="First">The rows of the first run.</param>
/// <param name="Second">The rows of the second run.</param>
/// <param name="Tokens">The tokens of each run.</param>
internal sealed record ProbeRows(int[] First, int[] Second, (int First, int Second) Tokens)
{
    /// <summary>The shortest row three times, and the longest twice.</summary>
    public static ProbeRows Of(ITrainingInputs inputs)
    {
        ReadOnlySpan<int> lengths = inputs.Lengths;
        int shortest = 0, longest = 0;
        for (int row = 1; row < lengths.Length; row++)
        {
            shortest = lengths[row] < lengths[shortest] ? row : shortest;
            longest = lengths[row] > lengths[longest] ? row : longest;
        }

        return new ProbeRows([shortest, shortest, shortest], [longest, longest], (lengths[shortest], lengths[longest]));
    }

    /// <summary>Whether an input begins with the axes of rows and, for rows with a length, tokens.</summary>
    public bool IsRowsByTokens(ITrainingInputs inputs, string name)
    {
        using DisposeScope scope = NewDisposeScope();
        if (!inputs.Read(Second, null).TryGetValue(name, out Tensor? input))
        {
            return false;
        }

        long[] shape = input.shape;
        return shape.Length > 1 && shape[0] == Second.Length && (Tokens.Second == 1 || shape[1] == Tokens.Second);
    }
}

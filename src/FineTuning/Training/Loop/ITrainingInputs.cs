using MLTransfer.FineTuning.Training.Mixing;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Loop;

/// <summary>Rows that a network reads in batches, in any order.</summary>
internal interface ITrainingInputs
{
    /// <summary>Tokens of each row; 1 for rows without a length.</summary>
    ReadOnlySpan<int> Lengths { get; }

    /// <summary>Whether rows are changed from epoch to epoch, so that nothing that was computed from them can be kept.</summary>
    bool ChangesByEpoch => false;

    /// <summary>How many versions of each row the epochs take in turn, where rows change; 0: another one in each epoch.</summary>
    int Views => 0;

    /// <summary>How the rows of a batch are mixed when they are read for an epoch; null: each is by itself.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="epoch">The epoch.</param>
    RowMixture? MixtureOf(ReadOnlySpan<int> rows, int epoch) => null;

    /// <summary>Reads a batch: tensors by the names of the network's inputs. They belong to the dispose scope of the caller.</summary>
    /// <param name="rows">The rows, in this order.</param>
    /// <param name="epoch">The epoch, for augmentation; null: as the rows are.</param>
    IReadOnlyDictionary<string, Tensor> Read(ReadOnlySpan<int> rows, int? epoch);
}

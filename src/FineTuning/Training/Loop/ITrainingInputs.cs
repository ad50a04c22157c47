using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Loop;

/// <summary>Rows that a network reads in batches, in any order.</summary>
internal interface ITrainingInputs
{
    /// <summary>Tokens of each row; 1 for rows without a length.</summary>
    ReadOnlySpan<int> Lengths { get; }

    /// <summary>Whether rows are changed from epoch to epoch, so that nothing that was computed from them can be kept.</summary>
    bool ChangesByEpoch => false;

    /// <summary>Reads a batch: tensors by the names of the network's inputs. They belong to the dispose scope of the caller.</summary>
    /// <param name="rows">The rows, in this order.</param>
    /// <param name="epoch">The epoch, for augmentation; null: as the rows are.</param>
    IReadOnlyDictionary<string, Tensor> Read(ReadOnlySpan<int> rows, int? epoch);
}

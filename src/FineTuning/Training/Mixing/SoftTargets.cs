using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Mixing;

/// <summary>Targets of mixed rows.</summary>
internal static class SoftTargets
{
    /// <summary>Each row's class and that of its partner by their shares: <c>[rows, classes]</c>.</summary>
    /// <param name="labels"><c>[rows]</c>, int64.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="mixture">How the rows were mixed.</param>
    public static Tensor Of(Tensor labels, long classes, RowMixture mixture)
    {
        using Tensor own = nn.functional.one_hot(labels, classes).to(ScalarType.Float32);
        using Tensor partners = tensor(Array.ConvertAll(mixture.Partners, static place => (long)place), device: labels.device);
        using Tensor other = own.index_select(0, partners);
        return own.lerp(other, 1 - mixture.Share);
    }
}

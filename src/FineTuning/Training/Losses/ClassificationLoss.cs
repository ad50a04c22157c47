using MLTransfer.FineTuning.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Losses;

/// <summary>Cross-entropy with label smoothing, class weights and focusing.</summary>
internal static class ClassificationLoss
{
    /// <summary>The mean loss of a batch; rows count by the weight of their class.</summary>
    /// <param name="logits"><c>[rows, classes]</c>.</param>
    /// <param name="labels"><c>[rows]</c>, int64.</param>
    /// <param name="options">The loss.</param>
    /// <param name="classWeights"><c>[classes]</c>; null: all count the same.</param>
    public static Tensor Of(Tensor logits, Tensor labels, LossOptions options, Tensor? classWeights)
    {
        if (options.FocalGamma == 0)
        {
            return nn.functional.cross_entropy(logits, labels, classWeights, label_smoothing: options.LabelSmoothing);
        }

        using Tensor targets = nn.functional.one_hot(labels, logits.shape[1]).to(logits.dtype);
        return OfSoft(logits, targets, options, classWeights);
    }

    /// <summary>The mean loss of a batch whose targets are mixtures of classes.</summary>
    /// <param name="logits"><c>[rows, classes]</c>.</param>
    /// <param name="targets"><c>[rows, classes]</c>; each row sums to 1.</param>
    /// <param name="options">The loss.</param>
    /// <param name="classWeights"><c>[classes]</c>; null: all count the same.</param>
    public static Tensor OfSoft(Tensor logits, Tensor targets, LossOptions options, Tensor? classWeights)
    {
        using DisposeScope scope = NewDisposeScope();
        long classes = logits.shape[1];
        Tensor logProbabilities = nn.functional.log_softmax(logits, 1);
        Tensor smoothed = targets.Times(1 - options.LabelSmoothing).Plus(options.LabelSmoothing / classes);
        Tensor losses = -smoothed * logProbabilities;
        if (options.FocalGamma > 0)
        {
            losses *= logProbabilities.exp().SubtractedFrom(1).Pow(options.FocalGamma);
        }

        if (classWeights is null)
        {
            return losses.sum().Over(logits.shape[0]).MoveToOuterDisposeScope();
        }

        // As cross_entropy: divided by the weights of the rows' own classes.
        Tensor total = (targets * classWeights).sum();
        return ((losses * classWeights).sum() / total).MoveToOuterDisposeScope();
    }
}

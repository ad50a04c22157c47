using MLTransfer.FineTuning.Training.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Training;

public class ClassificationLossTests
{
    private static readonly Tensor Logits = tensor(new float[] { 2, -1, 0.5f, 0, 1, -2, 0.3f, 0.2f, 0.1f }, [3, 3]);
    private static readonly Tensor Labels = tensor(new long[] { 0, 2, 1 });

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.2, false)]
    [InlineData(0, true)]
    public void OfSoft_TargetsOfOneClass_IsCrossEntropy(double smoothing, bool weighted)
    {
        Tensor? weights = weighted ? tensor(new float[] { 1, 2, 0.5f }) : null;
        LossOptions options = new() { LabelSmoothing = smoothing };

        Tensor soft = ClassificationLoss.OfSoft(Logits, nn.functional.one_hot(Labels, 3).to(float32), options, weights);

        Assert.Equal(nn.functional.cross_entropy(Logits, Labels, weights, label_smoothing: smoothing).ToDouble(), soft.ToDouble(), 1e-6);
        Assert.Equal(soft.ToDouble(), ClassificationLoss.Of(Logits, Labels, options, weights).ToDouble(), 1e-6);
    }

    [Fact]
    public void Of_Focal_IsTheFormulaOfThePaper()
    {
        double expected = 0;
        Tensor probabilities = Logits.softmax(1);
        foreach ((int row, int label) in ((int, int)[])[(0, 0), (1, 2), (2, 1)])
        {
            double p = probabilities[row, label].ToDouble();
            expected -= Math.Pow(1 - p, 2) * Math.Log(p) / 3;
        }

        Assert.Equal(expected, ClassificationLoss.Of(Logits, Labels, new LossOptions { FocalGamma = 2 }, null).ToDouble(), 1e-6);
    }

    [Fact]
    public void Balanced_UnevenClasses_IsScikitLearnsFormula() =>
        Assert.Equal([4 / (3f * 2), 4 / (3f * 1), 4 / (3f * 1)], ClassWeights.Balanced([0, 0, 1, 2], 3));
}

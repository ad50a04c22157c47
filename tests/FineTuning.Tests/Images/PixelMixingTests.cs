using MLTransfer.FineTuning.Images;
using MLTransfer.FineTuning.Images.Augmenting;
using MLTransfer.FineTuning.Runtime;
using MLTransfer.FineTuning.Training.Losses;
using MLTransfer.FineTuning.Training.Mixing;
using MLTransfer.FineTuning.Training.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Images;

public class PixelMixingTests
{
    private static readonly float[] Logits = [2, -1, 0.5f, 0, 1, -2, 0.3f, 0.2f, 0.1f];

    [Fact]
    public void Apply_Mixup_AveragesByTheShare()
    {
        byte[] pixels = [.. Enumerable.Repeat((byte)100, 12), .. Enumerable.Repeat((byte)200, 12)];

        PixelMixing.Apply(pixels, 2, 2, new RowMixture([1, 0], 0.7));

        Assert.All(pixels[..12], static value => Assert.Equal(130, value));
        Assert.All(pixels[12..], static value => Assert.Equal(170, value));
    }

    [Fact]
    public void Draw_Cutmix_SharesByTheAreaOfTheBox()
    {
        ImageAugmentation cutmix = new() { Cutmix = 1 };
        for (int seed = 0; seed < 50; seed++)
        {
            RowMixture mixture = PixelMixing.Draw(cutmix, 2, 10, 14, new Random(seed))!;
            byte[] pixels = [.. Enumerable.Repeat((byte)1, 3 * 140), .. Enumerable.Repeat((byte)2, 3 * 140)];

            PixelMixing.Apply(pixels, 10, 14, mixture with { Partners = [1, 0] });

            Assert.Equal(pixels.Take(3 * 140).Count(static value => value == 1) / (3.0 * 140), mixture.Share, 1e-9);
            (int top, int left, int height, int width) = mixture.Box!.Value;
            Assert.True(top >= 0 && left >= 0 && top + height <= 10 && left + width <= 14);
        }
    }

    [Fact]
    public void Draw_BothKinds_TakesEachInTurn()
    {
        ImageAugmentation both = new() { Mixup = 0.2, Cutmix = 1 };

        int boxes = Enumerable.Range(0, 400).Count(seed => PixelMixing.Draw(both, 4, 8, 8, new Random(seed))!.Box is not null);

        Assert.InRange(boxes, 140, 260);
    }

    [Fact]
    public void Draw_NeitherKind_MixesNothing() => Assert.Null(PixelMixing.Draw(new ImageAugmentation { Flip = true }, 4, 8, 8, new Random(1)));

    // Beta(α, α) has the mean 1/2 and the variance 1 / (4 (2α + 1)).
    [Theory]
    [InlineData(0.2)]
    [InlineData(1)]
    [InlineData(3)]
    public void Next_ManyNumbers_HaveMeanAndVarianceOfBeta(double alpha)
    {
        Random random = new(5);
        double[] numbers = [.. Enumerable.Range(0, 20_000).Select(_ => BetaDistribution.Next(random, alpha))];

        double mean = numbers.Average();
        Assert.Equal(0.5, mean, 0.01);
        Assert.Equal(1 / (4 * ((2 * alpha) + 1)), numbers.Average(number => (number - mean) * (number - mean)), 0.005);
    }

    // The loss is linear in its target, with label smoothing too.
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void OfSoft_MixedRows_IsTheMixtureOfTheLosses(double smoothing)
    {
        TorchRuntime.EnsureAvailable();
        Tensor logits = tensor(Logits, [3, 3]), labels = tensor(new long[] { 0, 2, 1 }), partners = tensor(new long[] { 2, 1, 0 });

        double mixed = ClassificationLoss.OfSoft(logits, SoftTargets.Of(labels, 3, new RowMixture([1, 2, 0], 0.7)), new LossOptions { LabelSmoothing = smoothing }, null).ToDouble();

        double own = nn.functional.cross_entropy(logits, labels, label_smoothing: smoothing).ToDouble();
        double other = nn.functional.cross_entropy(logits, partners, label_smoothing: smoothing).ToDouble();
        Assert.Equal((0.7 * own) + (0.3 * other), mixed, 1e-5);
    }

    // Each class's part of a target counts by the weight of that class.
    [Fact]
    public void OfSoft_MixedRowsWithClassWeights_WeighsEachPart()
    {
        TorchRuntime.EnsureAvailable();
        double[] weights = [1, 2, 0.5];
        int[] labels = [0, 2, 1], partners = [2, 1, 0];
        double sum = 0, total = 0;
        for (int row = 0; row < 3; row++)
        {
            double normalizer = Math.Log(Enumerable.Range(0, 3).Sum(c => Math.Exp(Logits[(row * 3) + c])));
            foreach ((int label, double share) in ((int, double)[])[(labels[row], 0.7), (partners[row], 0.3)])
            {
                sum += share * weights[label] * (normalizer - Logits[(row * 3) + label]);
                total += share * weights[label];
            }
        }

        double mixed = ClassificationLoss.OfSoft(
            tensor(Logits, [3, 3]), SoftTargets.Of(tensor(new long[] { 0, 2, 1 }), 3, new RowMixture([1, 2, 0], 0.7)), new LossOptions(), tensor(new float[] { 1, 2, 0.5f })).ToDouble();

        Assert.Equal(sum / total, mixed, 1e-5);
    }
}

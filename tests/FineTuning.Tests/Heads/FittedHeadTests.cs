using MLTransfer.FineTuning.Heads;
using MLTransfer.FineTuning.Runtime;
using MLTransfer.FineTuning.Training.Progress;
using TorchSharp;

namespace MLTransfer.FineTuning.Tests.Heads;

public class FittedHeadTests
{
    private const int Dimension = 6;

    public FittedHeadTests() => TorchRuntime.EnsureAvailable();

    // Two normal distributions of unit variance whose means are 2 apart: no classifier is right more often than Φ(1) = 0.8413.
    [Fact]
    public void Fit_TwoNormalDistributions_ComesCloseToTheBestPossible()
    {
        (float[] features, int[] labels) = Draw(1, 4000, shift: 2);
        (float[] unseen, int[] truth) = Draw(2, 20000, shift: 2);

        StartingHead head = Fit(features, labels);

        Assert.InRange(Accuracy(head, unseen, truth), 0.8413 - 0.012, 0.8413 + 0.012);
    }

    [Fact]
    public void Fit_LabelsWithoutAnyRelation_StaysNearZero()
    {
        (float[] features, int[] labels) = Draw(3, 300, shift: 0);

        StartingHead head = Fit(features, labels);

        // A strong penalty is chosen: nothing else is as good on rows that were set aside.
        Assert.All(head.Weights, static weight => Assert.InRange(weight, -0.1f, 0.1f));
    }

    [Fact]
    public void Fit_FeaturesInOtherUnits_GivesTheSamePredictions()
    {
        (float[] features, int[] labels) = Draw(4, 500, shift: 1);
        float[] units = [1000, 0.001f, 1, 7, 50, 0.2f], offsets = [3000, 0.01f, 0, -5, 20, 0];
        float[] changed = [.. features.Select((value, i) => (value * units[i % Dimension]) + offsets[i % Dimension])];

        StartingHead plain = Fit(features, labels);
        StartingHead other = Fit(changed, labels);

        Assert.All(
            Logits(plain, features).Zip(Logits(other, changed)), static pair => Assert.Equal(pair.First, pair.Second, 0.02));
    }

    [Fact]
    public void Fit_FeatureThatIsAlwaysTheSame_HasNoWeight()
    {
        (float[] features, int[] labels) = Draw(5, 200, shift: 1);
        for (int i = 2; i < features.Length; i += Dimension)
        {
            features[i] = 5;
        }

        StartingHead head = Fit(features, labels);

        Assert.Equal(0, head.Weights[2]);
        Assert.Equal(0, head.Weights[Dimension + 2]);
        Assert.All(head.Biases, static bias => Assert.True(float.IsFinite(bias)));
    }

    [Fact]
    public void Fit_OneRowOfEachClass_TellsThemApart()
    {
        float[] features = [1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];

        StartingHead head = Fit(features, [0, 1, 2]);

        Assert.Equal(1, Accuracy(head, features, [0, 1, 2]));
    }

    // Five folds and all rows, four penalties each.
    [Fact]
    public void Fit_Progress_HearsOfEachFit()
    {
        (float[] features, int[] labels) = Draw(6, 40, shift: 1);
        Told told = new();

        Fit(features, labels, told);

        Assert.All(told.Reports, static report => Assert.Equal((TrainingStage.HeadFit, 24), (report.Stage, report.Total)));
        long[] done = [.. told.Reports.Select(static report => report.Done)];
        Assert.Equal(Enumerable.Range(0, 21).Select(static fit => (long)fit), done[..21]);
        Assert.Equal(done.Order(), done);
        Assert.Equal(24, done[^1]); // the last fits end at the chosen penalty
    }

    [Fact]
    public void Fit_Cancelled_Stops()
    {
        (float[] features, int[] labels) = Draw(6, 40, shift: 1);
        using CancellationTokenSource source = new();
        Told told = new(report =>
        {
            if (report.Done == 3)
            {
                source.Cancel();
            }
        });

        Assert.Throws<OperationCanceledException>(() => Fit(features, labels, told, source.Token));

        Assert.Equal(3, told.Reports[^1].Done);
    }

    private static StartingHead Fit(float[] features, int[] labels, IProgress<TrainingProgress>? progress = null, CancellationToken? cancellation = null) =>
        FittedHead.Fit(features, Dimension, labels, labels.Max() + 1, Loss, progress, cancellation ?? TestContext.Current.CancellationToken);

    private static torch.Tensor Loss(torch.Tensor logits, torch.Tensor labels) => torch.nn.functional.cross_entropy(logits, labels);

    // The first feature tells the classes apart, the others are noise.
    private static (float[] Features, int[] Labels) Draw(int seed, int rows, double shift)
    {
        Random random = new(seed);
        int[] labels = [.. Enumerable.Range(0, rows).Select(static row => row % 2)];
        float[] features = [.. labels.SelectMany(label => Enumerable.Range(0, Dimension).Select(i => (float)(Normal(random) + (i == 0 ? shift * label : 0))))];
        return (features, labels);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double[] Logits(StartingHead head, float[] features) =>
        [.. features.Chunk(Dimension).SelectMany(row => head.Biases.Select((bias, c) => bias + row.Select((value, i) => (double)value * head.Weights[(c * Dimension) + i]).Sum()))];

    private static double Accuracy(StartingHead head, float[] features, int[] labels) =>
        Logits(head, features).Chunk(head.Biases.Length).Zip(labels).Average(static pair => Array.IndexOf(pair.First, pair.First.Max()) == pair.Second ? 1.0 : 0.0);

    private sealed class Told(Action<TrainingProgress>? then = null) : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Reports { get; } = [];

        public void Report(TrainingProgress value)
        {
            Reports.Add(value);
            then?.Invoke(value);
        }
    }
}

using MLTransfer.FineTuning.Tests.Freezing;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Stopping;
using MLTransfer.Models.Onnx;

namespace MLTransfer.FineTuning.Tests.Training;

public sealed class NumberTargetsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-numbers-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // By hand: errors 1, 0 and -1; the targets' mean is 4, their squares sum to 8.
    [Fact]
    public void Add_Batches_GivesMeanSquaredErrorAndRSquared()
    {
        NumberMeasure measure = new(new NumberTargets([2, 4, 6], 4, 2));

        measure.Add([-0.5f, 0], [0, 1]);
        measure.Add([0.5f], [2]);

        Assert.Equal(2 / 3.0, measure.MeanSquaredError, 1e-6);
        Assert.Equal(1 - (2 / 8.0), measure.RSquared!.Value, 1e-6);
    }

    [Fact]
    public void Add_TargetsAllTheSame_HasNoRSquared()
    {
        NumberMeasure measure = new(NumberTargets.Of([3, 3]));

        measure.Add([0, 0], [0, 1]);

        Assert.Null(measure.RSquared);
        Assert.Equal(0, measure.MeanSquaredError);
    }

    // What a network learns does not depend on the unit of its targets.
    [Fact]
    public void Train_TargetsInAnotherUnit_GivesTheSameModelInThatUnit()
    {
        FineTunedModel plain = Train(static value => value), other = Train(static value => (100 * value) + 500);

        Assert.Equal(plain.Outcome.Measures.Count, other.Outcome.Measures.Count);
        Assert.All(plain.HeadWeights.Zip(other.HeadWeights), static pair => Assert.Equal(100 * pair.First, pair.Second, 0.02));
        Assert.Equal((100 * plain.HeadBiases[0]) + 500, other.HeadBiases[0], 0.1);
        Assert.Equal(1e4 * plain.Outcome.Measures[^1].MeanSquaredError!.Value, other.Outcome.Measures[^1].MeanSquaredError!.Value, 10.0);
        Assert.Equal(plain.Outcome.Measures[^1].RSquared!.Value, other.Outcome.Measures[^1].RSquared!.Value, 1e-3);
        Assert.True(plain.Outcome.Measures[^1].TrainingLoss < plain.Outcome.Measures[0].TrainingLoss);
    }

    private FineTunedModel Train(Func<float, float> unit)
    {
        OnnxModel model = ZooGraphs.Load("bert-pooler-torchscript17");
        NumberTargets targets = NumberTargets.Of([.. Enumerable.Range(0, 24).Select(row => unit(row % 5 * 0.7f))]);
        LabelledRows rows = new(ZooGraphs.Rows(model, 24), new int[24]) { Targets = targets };
        return FineTuner.Train(
            new FineTuneRequest
            {
                Model = model,
                Identity = "zoo",
                Rows = rows,
                Validation = rows,
                Classes = ["Score"],
                Options = new FineTuneOptions { BatchSize = 8, Dropout = 0, Epochs = 4, HeadLearningRate = 0.01 },
                WorkFolder = _folder,
            },
            TestContext.Current.CancellationToken);
    }
}

using MLTransfer.FineTuning.Training.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using OptimizerOptions = MLTransfer.FineTuning.Training.Optimizers.OptimizerOptions;

namespace MLTransfer.FineTuning.Tests.Training;

public class OptimizerTests
{
    public static TheoryData<OptimizerKind, double, bool> Rules => new()
    {
        { OptimizerKind.AdamW, 0, false }, { OptimizerKind.AdamW, 0.1, false }, { OptimizerKind.Adam, 0, false }, { OptimizerKind.Adam, 0.1, false },
        { OptimizerKind.Sgd, 0, false }, { OptimizerKind.Sgd, 0.1, false }, { OptimizerKind.Sgd, 0.1, true },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Step_TwentyTimes_GivesWhatTorchGives(OptimizerKind kind, double decay, bool nesterov)
    {
        // An odd size: the last numbers are no full vector.
        manual_seed(1);
        Tensor start = randn(37, 29), target = randn(37, 29);
        Parameter ours = new(start.clone()), theirs = new(start.clone());
        using Optimizer optimizer = new(
            [new TrainedParameter("w", ours)], new OptimizerOptions { Kind = kind, WeightDecay = decay, Nesterov = nesterov });
        optim.Optimizer reference = kind switch
        {
            OptimizerKind.AdamW => optim.AdamW([theirs], 0.02, weight_decay: decay),
            OptimizerKind.Adam => optim.Adam([theirs], 0.02, weight_decay: decay),
            _ => optim.SGD([theirs], 0.02, momentum: 0.9, weight_decay: decay, nesterov: nesterov),
        };

        for (int step = 0; step < 20; step++)
        {
            ((ours - target).pow(2).sum() / 100).backward();
            optimizer.Step(0.02, null);
            reference.zero_grad();
            ((theirs - target).pow(2).sum() / 100).backward();
            reference.step();
        }

        Assert.True((ours - theirs).abs().max().ToDouble() < 2e-6);
        Assert.True((ours - start).abs().max().ToDouble() > 0.1);
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Adam)]
    [InlineData(OptimizerKind.Sgd)]
    public void Step_TensorsThatAreNotInOrder_GivesTheSame(OptimizerKind kind)
    {
        manual_seed(2);
        OptimizerOptions options = new() { Kind = kind, WeightDecay = 0.1, Nesterov = kind == OptimizerKind.Sgd };
        Tensor start = randn(6, 10), gradient = randn(6, 10);
        Parameter ordered = new(start.clone()), turned = new(start.t().contiguous().t());
        Assert.False(turned.is_contiguous());
        using Optimizer one = new([new TrainedParameter("w", ordered)], options), other = new([new TrainedParameter("w", turned)], options);

        for (int step = 0; step < 5; step++)
        {
            (ordered * gradient).sum().backward();
            one.Step(0.01, 0.5);
            (turned * gradient).sum().backward();
            other.Step(0.01, 0.5);
        }

        Assert.True((ordered - turned).abs().max().ToDouble() < 1e-6);
    }

    [Fact]
    public void Step_ConvolutionWithChannelsLast_GivesWhatTorchGives()
    {
        manual_seed(3);
        Tensor start = randn(8, 4, 3, 3), images = randn(2, 4, 9, 9);
        Parameter ours = new(start.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)), theirs = new(start.clone());
        using Optimizer optimizer = new([new TrainedParameter("w", ours)], new OptimizerOptions());
        optim.Optimizer reference = optim.AdamW([theirs], 0.01, weight_decay: 0.01);

        for (int step = 0; step < 5; step++)
        {
            nn.functional.conv2d(images, ours).pow(2).mean().backward();
            optimizer.Step(0.01, null);
            reference.zero_grad();
            nn.functional.conv2d(images, theirs).pow(2).mean().backward();
            reference.step();
        }

        Assert.True((ours - theirs).abs().max().ToDouble() < 1e-4);
    }

    [Fact]
    public void Step_GradientsLongerThanAllowed_AreScaledAsTorchDoes()
    {
        Parameter ours = new(ones(50)), theirs = new(ones(50));
        using Optimizer optimizer = new([new TrainedParameter("w", ours)], new OptimizerOptions { Kind = OptimizerKind.Sgd, Momentum = 0, WeightDecay = 0 });
        (ours.pow(2) * 3).sum().backward();
        (theirs.pow(2) * 3).sum().backward();

        double? norm = optimizer.Step(0.1, 1);
        double expected = nn.utils.clip_grad_norm_([theirs], 1);

        Assert.Equal(expected, norm!.Value, 1e-3);
        Assert.True((ours - (theirs - (theirs.grad! * 0.1))).abs().max().ToDouble() < 1e-6);
    }

    [Fact]
    public void Step_TouchedRowsOnly_LeavesOtherRowsAndTheirMomentsAlone()
    {
        Parameter table = new(ones(5, 4)), plain = new(ones(5, 4));
        OptimizerOptions options = new() { TouchedRowsOnly = true, WeightDecay = 0.5 };
        using Optimizer sparse = new([new TrainedParameter("t", table) { IsTable = true }], options), dense = new([new TrainedParameter("t", plain)], options);

        foreach (int[] rows in (int[][])[[1, 3], [3]])
        {
            table[tensor(rows.Select(static row => (long)row).ToArray())].pow(2).sum().backward();
            sparse.Step(0.1, null);
            plain[tensor(rows.Select(static row => (long)row).ToArray())].pow(2).sum().backward();
            dense.Step(0.1, null);
        }

        Assert.Equal(1, table[0].max().ToDouble());
        Assert.True(plain[0].max().ToDouble() < 1);
        Assert.True((table[3] - plain[3]).abs().max().ToDouble() < 1e-6);
    }

    [Theory]
    [InlineData(OptimizerKind.AdamW)]
    [InlineData(OptimizerKind.Sgd)]
    public void Step_TouchedRowsOnlyInAnotherType_GivesTheSame(OptimizerKind kind)
    {
        // Numbers of 64 bits go the way of a GPU's: by tensor operations.
        OptimizerOptions options = new() { Kind = kind, TouchedRowsOnly = true, WeightDecay = 0.5 };
        Parameter narrow = new(ones(5, 4)), wide = new(ones(5, 4, ScalarType.Float64));
        using Optimizer one = new([new TrainedParameter("t", narrow) { IsTable = true }], options), other = new([new TrainedParameter("t", wide) { IsTable = true }], options);

        foreach (int[] rows in (int[][])[[1, 3], [3], [0, 1]])
        {
            Tensor places = tensor(rows.Select(static row => (long)row).ToArray());
            narrow[places].pow(2).sum().backward();
            one.Step(0.1, null);
            wide[places].pow(2).sum().backward();
            other.Step(0.1, null);
        }

        Assert.True((narrow - wide).abs().max().ToDouble() < 1e-6);
        Assert.Equal(1, wide[2].min().ToDouble());
        Assert.True(wide[0].max().ToDouble() < 1);
    }

    [Fact]
    public void Step_NormsAndBiases_DoNotDecay()
    {
        Parameter bias = new(ones(4));
        using Optimizer optimizer = new([new TrainedParameter("b", bias) { Decays = false }], new OptimizerOptions { WeightDecay = 0.5 });
        (bias * 0).sum().backward();

        optimizer.Step(0.1, null);

        Assert.Equal(1, bias.min().ToDouble());
    }
}

using MLTransfer.FineTuning.Training.Schedules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Training;

public class LearningRateScheduleTests
{
    [Fact]
    public void Factor_Linear_IsTransformersFormula()
    {
        // get_linear_schedule_with_warmup of Hugging Face: step / warm, then (total − step) / (total − warm).
        ScheduleOptions options = new() { WarmUp = 0.2 };
        Assert.All(Enumerable.Range(0, 50), step => Assert.Equal(
            step < 10 ? step / 10.0 : (50 - step) / 40.0, LearningRateSchedule.Factor(options, step, 50), 1e-12));
    }

    [Fact]
    public void Factor_Cosine_IsHalfAWave()
    {
        ScheduleOptions options = new() { Kind = ScheduleKind.Cosine, WarmUp = 0, LastFactor = 0.1 };
        Assert.All(Enumerable.Range(0, 20), step => Assert.Equal(
            0.1 + (0.9 * 0.5 * (1 + Math.Cos(Math.PI * step / 20))), LearningRateSchedule.Factor(options, step, 20), 1e-12));
    }

    [Fact]
    public void Factor_OneCycle_IsTorchs()
    {
        using Parameter weight = new(ones(1));
        using SGD optimizer = optim.SGD([weight], 1);
        var reference = optim.lr_scheduler.OneCycleLR(optimizer, 1, total_steps: 40, pct_start: 0.25, cycle_momentum: false);
        ScheduleOptions options = new() { Kind = ScheduleKind.OneCycle, WarmUp = 0.25 };

        for (int step = 0; step < 40; step++)
        {
            Assert.Equal(optimizer.ParamGroups.First().LearningRate, LearningRateSchedule.Factor(options, step, 40), 1e-6);
            if (step < 39)
            {
                reference.step();
            }
        }
    }

    [Fact]
    public void Factor_ConstantAndPlateau_StayUntilTheyAreTold()
    {
        Assert.Equal(1, LearningRateSchedule.Factor(new ScheduleOptions { Kind = ScheduleKind.Constant, WarmUp = 0 }, 9, 10));
        ScheduleOptions plateau = new() { Kind = ScheduleKind.Plateau, WarmUp = 0.5, PlateauFactor = 0.5, LastFactor = 0.2 };
        Assert.Equal(0.4, LearningRateSchedule.Factor(plateau, 2, 10), 1e-12);
        Assert.Equal([1, 0.5, 0.25, 0.2], Enumerable.Range(0, 4).Select(plateaus => LearningRateSchedule.Factor(plateau, 8, 10, plateaus)));
    }
}

using System.Globalization;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Rates;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>Tells a run's listeners of a training: the frozen part and features as the stage of features, the fit of the head and the steps as that of training.</summary>
internal sealed class FineTuningProgress(StageClock clock, IProgress<RunEvent> events, FineTuneOptions options, string backbone) : IProgress<TrainingProgress>
{
    private TrainingStage? _stage;
    private string _measured = "";

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        if (value.Warning is { } warning)
        {
            events.Report(new RunWarning(warning));
            return;
        }

        if (value.Measure is { } measure)
        {
            events.Report(new RunNote(MeasureText.Of(measure)));
            _measured = measure.Accuracy is { } accuracy ? string.Create(CultureInfo.InvariantCulture, $", validation accuracy {accuracy:0.0000}") : "";
            return;
        }

        if (value.Stage != _stage)
        {
            EndStage();
            _stage = value.Stage;
            switch (value.Stage)
            {
                case TrainingStage.Prefix:
                    clock.Start(RunStage.Features, value.Total, "rows", $"{backbone}, the frozen part");
                    break;
                case TrainingStage.Head:
                    clock.Start(RunStage.Features, value.Total, "rows", $"{backbone}, features for the head to begin with");
                    break;
                case TrainingStage.HeadFit:
                    clock.Start(RunStage.Training, value.Total, "fits", "a linear head to begin with, L2 by cross-validation");
                    break;
                case TrainingStage.RangeTest:
                    clock.Start(RunStage.Training, value.Total, "steps", $"{backbone}, {options.Train.Description}, with rising learning rates");
                    break;
                default:
                    clock.Start(RunStage.Training, value.Total, "steps", string.Create(CultureInfo.InvariantCulture, $"{backbone}, {options.Train.Description}, {options.Epochs} {(options.Epochs == 1 ? "epoch" : "epochs")}"));
                    break;
            }
        }

        string epoch = value.Stage == TrainingStage.Training ? string.Create(CultureInfo.InvariantCulture, $"epoch {value.Epoch} of {value.Epochs}, ") : "";
        clock.Advance(value.Done, value.Stage is TrainingStage.Prefix or TrainingStage.Head or TrainingStage.HeadFit
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{epoch}loss {value.Loss:0.0000}, rate {value.LearningRate:0.0e+0}{_measured}"));
    }

    /// <summary>Ends the stage of training.</summary>
    public void Finish(FineTunedModel trained)
    {
        string kept = trained.Outcome.KeptEpoch < trained.Outcome.Measures.Count
            ? string.Create(CultureInfo.InvariantCulture, $", weights of epoch {trained.Outcome.KeptEpoch}") : "";
        clock.Finish(string.Create(CultureInfo.InvariantCulture, $"loss {trained.Outcome.Measures[^1].TrainingLoss:0.0000}{kept}"));
        events.Report(new RunNote(trained.Summary));
    }

    /// <summary>Ends the stage of trying learning rates.</summary>
    public void Finish(LearningRateRange range) => clock.Finish(string.Create(
        CultureInfo.InvariantCulture, $"the loss is lowest, {range.Lowest.SmoothedLoss:0.0000}, at a rate of {range.Lowest.LearningRate:0.0e+0}"));

    private void EndStage()
    {
        if (_stage is { } stage)
        {
            clock.Finish(stage switch
            {
                TrainingStage.Prefix => "computed once",
                TrainingStage.Head => "computed",
                _ => "head fitted",
            });
        }
    }
}

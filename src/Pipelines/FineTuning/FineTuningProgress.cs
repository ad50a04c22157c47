using System.Globalization;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>Tells a run's listeners of a training: the frozen part as the stage of features, the steps as that of training.</summary>
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
            EndFeatures();
            _stage = value.Stage;
            if (value.Stage != TrainingStage.Training)
            {
                clock.Start(RunStage.Features, value.Total, "rows", $"{backbone}, {(value.Stage == TrainingStage.Prefix ? "the frozen part" : "features for the head to begin with")}");
            }
            else
            {
                clock.Start(RunStage.Training, value.Total, "steps", string.Create(CultureInfo.InvariantCulture, $"{backbone}, {options.Train.Description}, {options.Epochs} epochs"));
            }
        }

        clock.Advance(value.Done, value.Stage != TrainingStage.Training
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"epoch {value.Epoch} of {value.Epochs}, loss {value.Loss:0.0000}, rate {value.LearningRate:0.0e+0}{_measured}"));
    }

    /// <summary>Ends the stage of training.</summary>
    public void Finish(FineTunedModel trained)
    {
        string kept = trained.Outcome.KeptEpoch < trained.Outcome.Measures.Count
            ? string.Create(CultureInfo.InvariantCulture, $", weights of epoch {trained.Outcome.KeptEpoch}") : "";
        clock.Finish(string.Create(CultureInfo.InvariantCulture, $"loss {trained.Outcome.Measures[^1].TrainingLoss:0.0000}{kept}"));
        events.Report(new RunNote(trained.Summary));
    }

    private void EndFeatures()
    {
        if (_stage is not null)
        {
            clock.Finish(_stage == TrainingStage.Prefix ? "computed once" : "head fitted");
        }
    }
}

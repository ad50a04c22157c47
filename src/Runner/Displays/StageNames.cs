using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Runner.Displays;

/// <summary>Stages as they are shown and logged.</summary>
internal static class StageNames
{
    /// <summary>The lower-case name, as in metrics.json.</summary>
    public static string Name(this RunStage stage) => stage switch
    {
        RunStage.Data => "data",
        RunStage.Features => "features",
        RunStage.Training => "training",
        RunStage.Evaluation => "evaluation",
        RunStage.Model => "model",
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, null),
    };
}

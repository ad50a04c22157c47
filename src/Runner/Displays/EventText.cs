using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Runner.Displays;

/// <summary>Events as lines of text.</summary>
internal static class EventText
{
    /// <summary>The end of a stage: what came of it, the time, the rate.</summary>
    public static string Finished(StageFinished stage)
    {
        string text = $"{stage.Summary}{(stage.Summary.Length > 0 ? ", " : "")}{Duration.Short(stage.Elapsed)}";
        return stage.Done is > 0 and { } done && stage.Elapsed.TotalSeconds > 0
            ? $"{text} ({Duration.Rate(done / stage.Elapsed.TotalSeconds, stage.Unit)})"
            : text;
    }

    /// <summary>How far a stage is, and what there is to say beside it.</summary>
    public static string Advanced(RateMeter meter, string unit, StageAdvanced advanced) =>
        advanced.State is null ? meter.Describe(unit) : $"{meter.Describe(unit)}, {advanced.State}";

    /// <summary>A line of a list: the stage's name in its own column.</summary>
    public static string Line(RunStage stage, string text) => $"{stage.Name(),-11}{text}";
}

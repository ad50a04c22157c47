namespace MLTransfer.Pipelines.Tasks.Events;

/// <summary>Something that happened in a run. Listeners are called on the thread that works, so they should return soon.</summary>
internal abstract record RunEvent;

/// <summary>A stage begins.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Total">How many units there are to do; null where nobody knows.</param>
/// <param name="Unit">What is counted: <c>rows</c>.</param>
/// <param name="Detail">What exactly is done: the path, the backbone, the trainer.</param>
internal sealed record StageStarted(RunStage Stage, long? Total, string Unit, string Detail) : RunEvent;

/// <summary>A stage went on.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Done">Units done since the stage began.</param>
/// <param name="State">What there is to say beside it, of a training: epoch, loss, learning rate; null: nothing.</param>
internal sealed record StageAdvanced(RunStage Stage, long Done, string? State = null) : RunEvent;

/// <summary>A stage ended.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Elapsed">Time since it began.</param>
/// <param name="Done">Units done; null where nothing was counted.</param>
/// <param name="Unit">What was counted.</param>
/// <param name="Summary">What came of it, in a few words.</param>
internal sealed record StageFinished(RunStage Stage, TimeSpan Elapsed, long? Done, string Unit, string Summary) : RunEvent;

/// <summary>Something that a user should know though the run goes on: skipped rows, small classes.</summary>
/// <param name="Message">What and where.</param>
internal sealed record RunWarning(string Message) : RunEvent;

/// <summary>Something for the log: what was chosen, what was found.</summary>
/// <param name="Message">What and where.</param>
internal sealed record RunNote(string Message) : RunEvent;

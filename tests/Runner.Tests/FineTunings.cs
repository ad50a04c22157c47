namespace MLTransfer.Runner.Tests;

/// <summary>Trainings run one after the other: all of a process draw their dropout from Torch's one generator.</summary>
internal static class FineTunings
{
    public const string OneAfterTheOther = "fine-tunings, one after the other";
}

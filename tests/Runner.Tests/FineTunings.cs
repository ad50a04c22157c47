namespace MLTransfer.Runner.Tests;

/// <summary>Trainings run one after the other. Side by side, a scalar of TorchSharp was once freed by the garbage collector while a native call still read it.</summary>
internal static class FineTunings
{
    public const string OneAfterTheOther = "fine-tunings, one after the other";
}

using MLTransfer.FineTuning.Runtime;

namespace MLTransfer.FineTuning.Tests.Runtime;

public class TorchRuntimeTests
{
    [Fact]
    public void FindReasonInCppRuntime_OldLibrary_SaysWhatIsMissingAndHowToMendIt()
    {
        string library = WriteLibrary("GLIBCXX_3.4.30\0GLIBCXX_3.4.3\0");

        string? reason = TorchRuntime.FindReasonInCppRuntime(library);

        Assert.NotNull(reason);
        Assert.Contains("GLIBCXX_3.4.32", reason, StringComparison.Ordinal);
        Assert.Contains(library, reason, StringComparison.Ordinal);
        Assert.Contains("eng/mend-cpp-runtime.sh", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void FindReasonInCppRuntime_NewLibrary_IsNull() =>
        Assert.Null(TorchRuntime.FindReasonInCppRuntime(WriteLibrary("GLIBCXX_3.4.31\0GLIBCXX_3.4.32\0GLIBCXX_3.4.33\0")));

    [Fact]
    public void EnsureAvailable_MendedMachine_LoadsTheLibrary()
    {
        TorchRuntime.EnsureAvailable();

        Assert.True(TorchRuntime.IsAvailable);
        using TorchSharp.torch.Tensor two = TorchSharp.torch.ones(1) + TorchSharp.torch.ones(1);
        Assert.Equal(2f, two.item<float>());
    }

    private static string WriteLibrary(string symbols)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "libstdc++.so.6");
        File.WriteAllText(path, "\u007fELF\0" + symbols);
        return path;
    }
}

using MLTransfer.Models.Errors;

namespace MLTransfer.Runner.Tests;

public class FailureTests
{
    public static TheoryData<Exception, int> Causes => new()
    {
        { new UserException("x"), 2 },
        { new InvalidOperationException("a loading thread failed", new UserException("x")), 2 },
        { new AggregateException(new UserException("x")), 2 },
        { new OperationCanceledException("x"), 130 },
        { new IOException("x"), 3 },
        { new InvalidOperationException("a loading thread failed", new IOException("x")), 3 },
        { new UnauthorizedAccessException("x"), 3 },
        { new InsufficientMemoryException("x"), 3 },
        { new TypeInitializationException("T", new DllNotFoundException("x")), 3 },
        { new InvalidOperationException("x"), 3 },
    };

    [Theory]
    [MemberData(nameof(Causes))]
    public void Describe_Exception_HasItsExitCode(Exception error, int code) => Assert.Equal(code, Failure.Describe(error).Code);

    [Theory]
    [MemberData(nameof(Causes))]
    public void Report_Exception_ShowsAStackTraceOnlyOfAFaultOfTheProgram(Exception error, int code)
    {
        using StringWriter output = new();
        using StringWriter text = new();

        Assert.Equal(code, Failure.Report(error, new RunnerConsole(output, text, "/"), isJson: false));

        bool isFault = code == 3 && error is InvalidOperationException { InnerException: null };
        Assert.Equal(isFault, text.ToString().Contains("System.InvalidOperationException", StringComparison.Ordinal));
        Assert.Empty(output.ToString());
    }
}

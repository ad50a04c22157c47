using MLTransfer.Runner.Displays;

namespace MLTransfer.Runner.Tests.Displays;

public class RateMeterTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Advance_SteadyWork_GivesRateAndTimeLeft()
    {
        RateMeter meter = new(_time, 100);
        for (int done = 10; done <= 40; done += 10)
        {
            _time.Wait(2);
            meter.Advance(done);
        }

        Assert.Equal(5, meter.Rate);
        Assert.Equal(TimeSpan.FromSeconds(12), meter.Left);
        Assert.Equal("40 of 100 rows (40 %), 5.0 rows/s, 12 s left", meter.Describe("rows"));
    }

    [Fact]
    public void Advance_SlowBeginning_IsForgotten()
    {
        RateMeter meter = new(_time, 1000);
        _time.Wait(60);
        meter.Advance(1);
        for (int second = 1; second <= 20; second++)
        {
            _time.Wait(1);
            meter.Advance(1 + (20 * second));
        }

        Assert.Equal(20, meter.Rate);
    }

    [Fact]
    public void Describe_BeforeAnythingIsDone_HasNoRate() => Assert.Equal("0 of 7 rows (0 %)", new RateMeter(_time, 7).Describe("rows"));

    [Theory]
    [InlineData(1, 3000, false)]
    [InlineData(29, 3000, false)]
    [InlineData(30, 3000, true)]
    [InlineData(100, 1_000_000, true)]
    [InlineData(1, 50, false)]
    [InlineData(2, 50, true)]
    [InlineData(1, 1, true)]
    public void Describe_FirstRowsOfMany_TellNoRateYet(long done, long total, bool isTold)
    {
        RateMeter meter = new(_time, total);
        _time.Wait(9);
        meter.Advance(done);

        Assert.Equal(isTold, meter.Describe("rows").Contains("rows/s", StringComparison.Ordinal));
    }

    [Fact]
    public void Describe_UnknownTotal_HasNoTimeLeft()
    {
        RateMeter meter = new(_time, null);
        _time.Wait(1);
        meter.Advance(12_345);

        Assert.Equal("12,345 rows, 12,345 rows/s", meter.Describe("rows"));
    }

    [Fact]
    public void Describe_Nothing_IsDone() => Assert.Equal("0 of 0 rows (100 %)", new RateMeter(_time, 0).Describe("rows"));

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(9.94, "9.9 s")]
    [InlineData(9.96, "10 s")]
    [InlineData(59.4, "59 s")]
    [InlineData(59.6, "1 min 00 s")]
    [InlineData(185, "3 min 05 s")]
    [InlineData(3599.7, "1 h 00 min")]
    [InlineData(7620, "2 h 07 min")]
    public void Short_Time_IsWhatAPersonWouldWrite(double seconds, string expected) =>
        Assert.Equal(expected, Duration.Short(TimeSpan.FromSeconds(seconds)));
}

namespace MLTransfer.FineTuning.Freezing.Blocks;

/// <summary>The longest part of a sequence that repeats itself.</summary>
/// <param name="Start">Where the part begins that has the period, incomplete repetitions included.</param>
/// <param name="Length">Its length.</param>
/// <param name="Period">The length of one repetition.</param>
internal readonly record struct RepeatedRun(int Start, int Length, int Period)
{
    /// <summary>How often the pattern comes in full.</summary>
    public int Repetitions => Period == 0 ? 0 : Length / Period;

    /// <summary>How many entries the full repetitions cover.</summary>
    public int Covered => Repetitions * Period;

    /// <summary>Finds the run whose full repetitions cover most; of those, that with the shortest period.</summary>
    public static RepeatedRun Find(IReadOnlyList<string> sequence)
    {
        RepeatedRun best = default;
        for (int period = 1; period <= sequence.Count / 2; period++)
        {
            int start = 0;
            for (int i = 0; i <= sequence.Count - period; i++)
            {
                if (i < sequence.Count - period && sequence[i] == sequence[i + period])
                {
                    continue;
                }

                RepeatedRun run = new(start, i - start + period, period);
                if (run.Repetitions >= 2 && run.Covered > best.Covered)
                {
                    best = run;
                }

                start = i + 1;
            }
        }

        return best;
    }
}

// Reads a chat stream with fetch and prints its text.
const response = await fetch(`${process.argv[2]}/chat/completions`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({
    model: 'gpt-3.5-turbo',
    messages: [{ role: 'user', content: 'What is the capital of France?' }],
    temperature: 0,
    stream: true,
  }),
});
const reader = response.body.getReader();
const decoder = new TextDecoder('utf-8');
let buffer = '';
for (;;) {
  const { done, value } = await reader.read();
  if (done) throw new Error('the stream ended without [DONE]');
  buffer += decoder.decode(value, { stream: true });
  const lines = buffer.split('\n');
  buffer = lines.pop();
  for (const line of lines) {
    if (!line.startsWith('data: ')) continue;
    const data = line.slice(6);
    if (data === '[DONE]') process.exit(0);
    process.stdout.write(JSON.parse(data).choices[0].delta.content ?? '');
  }
}

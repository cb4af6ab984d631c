// What oxlint does not look at: the templates, above all whether everybody can use them.
import vue from 'eslint-plugin-vue'
import accessibility from 'eslint-plugin-vuejs-accessibility'
import { defineConfig } from 'eslint/config'
import typescript from 'typescript-eslint'

export default defineConfig([
  { ignores: ['dist/', 'src/api/gen/', 'playwright-report/', 'test-results/'] },
  typescript.configs.strict,
  vue.configs['flat/recommended'],
  accessibility.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: typescript.parser } },
  },
  {
    rules: {
      // Formatting is prettier's.
      'vue/html-indent': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/no-v-html': 'error',
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      // Types say what a property may be, `undefined` included.
      'vue/require-default-prop': 'off',
      // A label around its control, or beside it by id: either names it.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
      // A field that a dialog opens for is where its reader wants to be.
      'vuejs-accessibility/no-autofocus': 'off',
      'no-restricted-imports': [
        'error',
        {
          patterns: [{ group: ['../../features/*'], message: 'Features do not know each other.' }],
        },
      ],
    },
  },
  {
    files: ['src/**'],
    rules: { 'no-console': 'error', 'no-restricted-globals': ['error', 'event', 'name', 'open'] },
  },
])
